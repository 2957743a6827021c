"""What containers run and are told: each distinct piece is looked into once, and kept only where it may be Docker's.

Of 150,000 pods nearly all say nothing of Docker, and those of one workload say the same. So a container's commands,
variables, probes and hooks stay undecoded, one digest stands for all of them, and few are ever decoded.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha1
from typing import Any

import msgspec
from msgspec import Raw

from bot.adapters.wire import WireContainer
from bot.core.objects import NO_EVIDENCE, EnvVar, Evidence, Exec

#: Lower case. What holds none of these says nothing that a rule looks for; what holds one need not say anything.
NEEDLES = (
    b"docker",
    b"runtime",
    b"cri_socket",
    b"parser",
    b"172.17.",
    b"--gpus",
    b"dind",
    b"balena",
    b"probe.cri",
    b":2375",
    b":2376",
    b"/var/log/containers",
    b"/var/log/pods",
)

#: Length of a container's pieces, each with a NUL behind it but the last, when all are absent.
_NOTHING = 7

#: How many containers' last pieces are kept as they are.
_RECENT = 32

_PROBES = (
    ("livenessProbe", "liveness_probe"),
    ("readinessProbe", "readiness_probe"),
    ("startupProbe", "startup_probe"),
)
_HOOKS = ("postStart", "preStop")
_REFERENCE = re.compile(r"\$[({]?([A-Za-z_][A-Za-z0-9_.-]*)")
_ESCAPED_LETTER = re.compile(rb"\\u00[4-7]")
_ANY = msgspec.json.Decoder()


class EvidenceReader:
    """Reads containers; equal ones are looked into once."""

    def __init__(self) -> None:
        self._known: dict[bytes, Evidence] = {}
        # A list is sorted by name, so that pods of one workload stand together: comparing is cheaper than a digest.
        self._recent: dict[str, tuple[bytes, Evidence]] = {}

    def __call__(self, wire: WireContainer, expressions: tuple[str, ...] = ()) -> Evidence:
        """Return what a container says of Docker, NO_EVIDENCE where it says nothing.

        Args:
            expressions: the container's ``subPathExpr``s: the variables they name count, whatever they hold.
        """
        # No piece of JSON holds a NUL, so that no two containers write the same.
        pieces = b"\0".join(
            (
                wire.command,
                wire.args,
                wire.env,
                wire.env_from,
                wire.lifecycle,
                wire.liveness_probe,
                wire.readiness_probe,
                wire.startup_probe,
            )
        )
        is_docker = wire.image is not None and "docker" in wire.image
        if is_docker and len(pieces) > _NOTHING:
            pieces += b"\0"  # what runs its words says docker for them
        if expressions:
            pieces = b"\0".join((pieces, *(_bytes(text) for text in expressions)))
        elif len(pieces) == _NOTHING:
            return NO_EVIDENCE
        recent = self._recent.get(wire.name)
        if recent is not None and recent[0] == pieces:
            return recent[1]
        key = sha1(pieces, usedforsecurity=False).digest()
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (
                _read(wire, expressions) if expressions or is_docker or _may_be(pieces) else NO_EVIDENCE
            )
        if len(self._recent) >= _RECENT:
            self._recent.clear()
        self._recent[wire.name] = (pieces, known)
        return known


def _may_be(text: bytes) -> bool:
    """Whether anything may have to do with Docker; an escaped letter (``\\u0064ocker``) may as well.

    The API server escapes ``<``, ``>`` and ``&`` only.
    """
    text = text.lower()
    for needle in NEEDLES:  # 40,000 times: a generator would take half as long again
        if needle in text:
            return True
    return _ESCAPED_LETTER.search(text) is not None


def _read(wire: WireContainer, expressions: tuple[str, ...]) -> Evidence:
    command, args = _strings(_decoded(wire.command)), _strings(_decoded(wire.args))
    execs = tuple(_execs(wire))
    told = (*expressions, *command, *args, *(word for item in execs for word in item.argv))
    return Evidence(
        command=command,
        args=args,
        env=_counting(tuple(_variables(_decoded(wire.env))), told),
        execs=execs,
        has_env_from=bool(_decoded(wire.env_from)),
    )


def _decoded(raw: Raw) -> Any:
    if not raw:
        return None
    try:
        return _ANY.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):  # one piece that nobody can read costs no other
        return None


def _strings(value: Any) -> tuple[str, ...]:
    """Return the words of an argv. One that is no text, which the API would refuse, keeps its place."""
    return tuple(item if isinstance(item, str) else "" for item in value) if isinstance(value, list) else ()


def _execs(wire: WireContainer) -> Iterator[Exec]:
    named = [(field, _decoded(getattr(wire, name))) for field, name in _PROBES]
    hooks = _decoded(wire.lifecycle)
    if isinstance(hooks, dict):
        named += [(f"lifecycle.{name}", hooks.get(name)) for name in _HOOKS]
    for field, action in named:
        exec_ = action.get("exec") if isinstance(action, dict) else None
        if isinstance(exec_, dict) and (argv := _strings(exec_.get("command"))):
            yield Exec(f"{field}.exec.command", argv)


def _variables(value: Any) -> Iterator[EnvVar]:
    for number, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, dict) and isinstance(name := item.get("name"), str):
            field, written = f"env[{number}]", item.get("value")
            source = item.get("valueFrom")
            if isinstance(source, dict):
                yield EnvVar(name, f"{field}.valueFrom", None, _origin(source))
            else:
                yield EnvVar(name, f"{field}.value", written if isinstance(written, str) else "")


def _origin(source: dict[str, Any]) -> str:
    """Say where a value comes from; the value itself is never fetched."""
    kinds = (("fieldRef", "field"), ("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap"))
    for key, kind in kinds:
        if isinstance(reference := source.get(key), dict):
            if kind == "field":
                return f"field {reference.get('fieldPath')}"
            return f"{kind} {reference.get('name')}/{reference.get('key')}"
    return "elsewhere"


def _counting(variables: tuple[EnvVar, ...], told: Iterable[str]) -> tuple[EnvVar, ...]:
    """Return the variables that may have to do with Docker, and those that what is told refers to, in their order."""
    kept = {variable.name for variable in variables if _may_be(_bytes(f"{variable.name} {variable.value}"))}
    wanted = _referred(told)
    by_name = {variable.name: variable for variable in variables}
    for name in kept:
        wanted |= _referred([by_name[name].value or ""])
    while more := (wanted & by_name.keys()) - kept:
        kept |= more
        wanted |= _referred(by_name[name].value or "" for name in more)
    return tuple(variable for variable in variables if variable.name in kept)


def _referred(texts: Iterable[str]) -> set[str]:
    return {name for text in texts if "$" in text for name in _REFERENCE.findall(text)}


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
