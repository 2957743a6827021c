"""An object of which some fields are not of the types the API has, made to fit: what does not is left out, and named.

The wire types are the one table of types, also for what stays undecoded (`bot.adapters.wire.Holds`). Nothing is
guessed: a number or a boolean where Kubernetes has a string becomes its text, as YAML without quotes makes them; what
must be there and is not is empty; the rest that does not fit is left out.
"""

import types
import typing
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from bot.adapters.wire import held

_LEFT_OUT: Final = object()


def fit(value: Any, type_: Any) -> tuple[Any, tuple[str, ...]]:
    """Return what of plain data fits a wire type, as plain data that decodes as it, and the paths of what did not.

    An item of a list keeps its place, so that the paths of those behind it stay right; a list of which nothing fits is
    empty. Fields that the type does not have are left out without a word.

    Args: value: of an object; numbers may be msgspec.Raw.
    """
    fitter = _Fitter()
    fitted = fitter.fit(value, type_, "")
    return ({} if fitted is _LEFT_OUT else fitted), tuple(dict.fromkeys(fitter.told))


def loose(item: Raw) -> Any:
    """Return an object as plain data, whatever is wrong with its text.

    Raises: msgspec.DecodeError: it is not JSON, or nested too deeply.
    """
    try:
        return msgspec.json.decode(bytes(item).decode(errors="replace"))
    except RecursionError as error:
        raise msgspec.DecodeError("nested too deeply") from error


class _Fitter:
    def __init__(self) -> None:
        self.told: list[str] = []

    def fit(self, value: Any, type_: Any, path: str) -> Any:
        """Return what fits, _LEFT_OUT where nothing does, which is told."""
        type_ = held(type_)
        if typing.get_origin(type_) in (types.UnionType, typing.Union):
            if value is None:
                return None
            some = [one for one in typing.get_args(type_) if one is not types.NoneType]
            type_ = some[0] if len(some) == 1 else type_
        origin = typing.get_origin(type_)
        if origin is list:
            return self._items(value, typing.get_args(type_)[0], path)
        if origin is dict:
            return self._texts(value, path)
        if isinstance(type_, type) and issubclass(type_, Struct):
            return self._fields(value, type_, path)
        return self._leaf(value, type_, path)

    def _leaf(self, value: Any, type_: Any, path: str) -> Any:
        if type_ is str:
            if isinstance(value, str):
                return value
            self.told.append(path)
            text = _text(value)
            return _LEFT_OUT if text is None else text
        try:
            msgspec.json.decode(msgspec.json.encode(value), type=type_)
        except msgspec.DecodeError:
            self.told.append(path)
            return _LEFT_OUT
        return value

    def _items(self, values: Any, type_: Any, path: str) -> Any:
        if not isinstance(values, list):
            self.told.append(path)
            return _LEFT_OUT
        found, fits = [], 0
        for number, value in enumerate(values):
            fitted = self.fit(value, type_, f"{path}[{number}]")
            fits += fitted is not _LEFT_OUT
            found.append(_empty(type_) if fitted is _LEFT_OUT else fitted)
        return found if fits else []

    def _texts(self, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            self.told.append(path)
            return _LEFT_OUT
        fitted = {key: self.fit(text, str, f"{path}.{key}") for key, text in value.items()}
        return {key: text for key, text in fitted.items() if text is not _LEFT_OUT}

    def _fields(self, value: Any, type_: Any, path: str) -> Any:
        if not isinstance(value, dict):
            self.told.append(path)
            return _LEFT_OUT
        made = {}
        for name, hint, is_required in _shape(type_):
            below = f"{path}.{name}" if path else name
            if name in value:
                fitted = self.fit(value[name], hint, below)
                if fitted is not _LEFT_OUT:
                    made[name] = fitted
            elif is_required:
                self.told.append(below)
            if is_required and name not in made:
                made[name] = _empty(hint)
        return made


def _text(value: Any) -> str | None:
    """Return a number or boolean as it would be written."""
    if isinstance(value, Raw):
        return bytes(value).decode()
    return msgspec.json.encode(value).decode() if isinstance(value, (bool, int, float)) else None


def _empty(type_: Any) -> Any:
    if type_ is str:
        return ""
    if isinstance(type_, type) and issubclass(type_, Struct):
        return {name: _empty(hint) for name, hint, is_required in _shape(type_) if is_required}
    return []


@cache
def _shape(type_: type[Struct]) -> tuple[tuple[str, Any, bool], ...]:
    """Return name, type and whether it must be there of each field."""
    hints = typing.get_type_hints(type_, include_extras=True)
    return tuple((field.encode_name, hints[field.name], field.required) for field in msgspec.structs.fields(type_))
