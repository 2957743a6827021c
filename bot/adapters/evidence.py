"""What containers run and are told: each distinct piece is looked into once, and kept only where it may be Docker's.

Of 150,000 pods nearly all say nothing of Docker, and those of one workload say the same. So a container's commands,
variables, probes and hooks stay undecoded, one digest stands for all of them, and few are ever decoded.
"""

import re
import typing
from collections.abc import Iterable, Iterator
from hashlib import sha1
from typing import Any

import msgspec

from bot.adapters.wire import WireAction, WireContainer, WireExec, WireValueSource, WireVariable, held
from bot.core.names import bounded
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

#: The pieces, in the order in which they make a digest, each with its decoder.
_PIECES = (
    "command",
    "args",
    "env",
    "env_from",
    "lifecycle",
    "liveness_probe",
    "readiness_probe",
    "startup_probe",
)
_HINTS = typing.get_type_hints(WireContainer, include_extras=True)
_DECODERS = {name: msgspec.json.Decoder(held(_HINTS[name])) for name in _PIECES}
_REFERENCE = re.compile(r"\$[({]?([A-Za-z_][A-Za-z0-9_.-]*)")
_ESCAPED_LETTER = re.compile(rb"\\u00[4-7]")


class EvidenceReader:
    """Reads containers; equal ones are looked into once."""

    def __init__(self) -> None:
        self._known: dict[bytes, Evidence] = {}
        # A list is sorted by name, so that pods of one workload stand together: comparing is cheaper than a digest.
        self._recent: dict[str, tuple[bytes, Evidence]] = {}

    @property
    def size(self) -> int:
        """How many digests are kept."""
        return len(self._known)

    def __call__(self, wire: WireContainer, expressions: tuple[str, ...] = ()) -> Evidence:
        """Return what a container says of Docker, NO_EVIDENCE where it says nothing.

        Args:
            expressions: the container's ``subPathExpr``s: the variables they name count, whatever they hold.

        Raises: msgspec.DecodeError, UnicodeDecodeError: a piece is not what the API has there, Docker's or not.
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
            # Decoded in any case: what is of a wrong type may say anything, and must not read as nothing.
            decoded = {name: decoder.decode(raw) for name, decoder in _DECODERS.items() if (raw := getattr(wire, name))}
            known = self._known[key] = (
                _read(decoded, expressions) if expressions or is_docker or _may_be(pieces) else NO_EVIDENCE
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
    if b"'" not in text and b"\\" not in text:
        return False
    bare = text.translate(None, b"'\"\\")  # a shell takes d"ocker" for docker
    return any(needle in bare for needle in NEEDLES) or _ESCAPED_LETTER.search(text) is not None


def _read(decoded: dict[str, Any], expressions: tuple[str, ...]) -> Evidence:
    command, args = tuple(decoded.get("command") or ()), tuple(decoded.get("args") or ())
    execs = tuple(_execs(decoded))
    told = (*expressions, *command, *args, *(word for item in execs for word in item.argv))
    return Evidence(
        command=command,
        args=args,
        env=_counting(tuple(_variables(decoded.get("env") or ())), told),
        execs=execs,
        has_env_from=bool(decoded.get("env_from")),
    )


def _execs(decoded: dict[str, Any]) -> Iterator[Exec]:
    hooks = decoded.get("lifecycle")
    actions: tuple[tuple[str, WireAction | None], ...] = (
        ("livenessProbe", decoded.get("liveness_probe")),
        ("readinessProbe", decoded.get("readiness_probe")),
        ("startupProbe", decoded.get("startup_probe")),
        ("lifecycle.postStart", hooks and hooks.post_start),
        ("lifecycle.preStop", hooks and hooks.pre_stop),
    )
    for field, action in actions:
        argv = ((action and action.exec) or WireExec()).command
        if argv:
            yield Exec(f"{field}.exec.command", tuple(argv))


def _variables(wires: Iterable[WireVariable]) -> Iterator[EnvVar]:
    for number, wire in enumerate(wires):
        field = f"env[{number}]"
        if wire.value_from is not None:
            yield EnvVar(wire.name, f"{field}.valueFrom", None, _origin(wire.value_from))
        else:
            yield EnvVar(wire.name, f"{field}.value", wire.value or "")


def _origin(source: WireValueSource) -> str:
    """Say where a value comes from; the value itself is never fetched."""
    if source.field_ref is not None:
        return bounded(f"field {source.field_ref.field_path}")
    for kind, reference in (("Secret", source.secret_key_ref), ("ConfigMap", source.config_map_key_ref)):
        if reference is not None:
            return f"{kind} {bounded(str(reference.name))}/{bounded(str(reference.key))}"
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
