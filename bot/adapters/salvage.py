"""The rest of an object of which one field is not as the API makes it: what does not fit is left out, not guessed."""

import types
import typing
from typing import Any

import msgspec
from msgspec import Raw, Struct

#: Raw fields that are decoded as maps of strings, and the one that holds them in a pod template.
_STRING_MAPS = ("labels", "annotations")
_METADATA = "metadata"


def salvage(item: Raw, wire_type: Any) -> Any:
    """Return an object as its wire type, without the fields and list items that do not fit.

    An item of a list keeps its place, so that the paths of those behind it stay right; a list of which nothing fits is
    empty.

    Raises: msgspec.DecodeError: it is not JSON, or what must be there does not fit: its name.
    """
    try:
        return _fit(msgspec.json.decode(item), wire_type)
    except RecursionError as error:
        raise msgspec.DecodeError("nested too deeply") from error


def _fit(value: Any, type_: Any) -> Any:
    if typing.get_origin(type_) in (types.UnionType, typing.Union):
        if value is None:
            return None
        (type_,) = (one for one in typing.get_args(type_) if one is not types.NoneType)
    if typing.get_origin(type_) is list:
        if not isinstance(value, list):
            raise msgspec.ValidationError("not a list")
        return _items(value, typing.get_args(type_)[0])
    if type_ is Raw:
        return Raw(msgspec.json.encode(value))
    if isinstance(type_, type) and issubclass(type_, Struct):
        if not isinstance(value, dict):
            raise msgspec.ValidationError("not an object")
        return _fields(value, type_)
    return msgspec.convert(value, type_)


def _items(values: list[Any], type_: Any) -> list[Any]:
    found, fits = [], 0
    for value in values:
        try:
            found.append(_fit(value, type_))
            fits += 1
        except msgspec.ValidationError:
            if not any(field.required for field in msgspec.structs.fields(type_)):
                found.append(type_())
    return found if fits else []


def _fields(value: dict[str, Any], type_: Any) -> Any:
    hints = typing.get_type_hints(type_)
    fitting = {}
    for field in msgspec.structs.fields(type_):
        if field.encode_name not in value:
            continue
        given = _strings_only(field.encode_name, value[field.encode_name], hints[field.name])
        try:
            fitting[field.name] = _fit(given, hints[field.name])
        except msgspec.ValidationError:
            if field.required:
                raise
    try:
        return type_(**fitting)
    except TypeError as error:
        raise msgspec.ValidationError("a field that must be there is missing") from error


def _strings_only(name: str, value: Any, type_: Any) -> Any:
    """Return labels and annotations without what is no text; everything else as it is."""
    if type_ is not Raw:
        return value
    if name == _METADATA:
        known = value if isinstance(value, dict) else {}
        kept = {key: _strings_only(key, known[key], Raw) for key in _STRING_MAPS if key in known}
        return {**kept, "name": known["name"]} if isinstance(known.get("name"), str) else kept
    if name in _STRING_MAPS:
        texts = value if isinstance(value, dict) else {}
        return {key: text for key, text in texts.items() if isinstance(text, str)}
    return value
