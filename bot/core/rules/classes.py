"""What the node has to be set up for: runtime classes, AppArmor profiles, GPUs, Docker's bridge (rows 17, 28)."""

import re
from collections.abc import Iterator

from bot.core.rules.base import Failure, Match, Severity
from bot.core.rules.case import Case
from bot.core.rules.evidence import shown, words
from bot.core.rules.images import split_image
from bot.core.rules.inside import Inside
from bot.core.runtimes import Grade
from bot.core.shell import Call
from bot.core.shell_programs import PRINTERS as _PRINTERS

_HANDLER = "docker"
_PROFILE = "docker-default"
_GPU_NAMES = frozenset({"nvidia-docker", "nvidia-docker2"})
_TOOLKIT_IMAGES = frozenset({"container-toolkit", "nvidia-container-toolkit"})
_BRIDGE = re.compile(r"(?<![\w.])172\.17\.0\.1(?!\w|\.\w)|(?<![\w-])docker0(?![\w-])")


def runtime_class(case: Case) -> Iterator[Match]:
    """Find a RuntimeClass whose handler is Docker: no other runtime has a handler of that name."""
    if case.template.runtime_handler == _HANDLER:
        names = tuple(inside.name for inside in case.insides)
        yield Match(
            "runtime-class",
            Severity.BLOCKER,
            Grade.LIKELY,
            "runtimeClassName",
            shown(case.template.runtime_class),
            names,
            "runtime-class",
            failure=Failure.PROFILE,
        )


def apparmor_profile(case: Case) -> Iterator[Match]:
    """Find the AppArmor profile that dockerd loads.

    Source: Docker "AppArmor security profiles": Docker loads docker-default by itself (read 2026-11-29).
    """
    for inside in case.insides:
        if inside.container.apparmor and inside.container.apparmor[0] == _PROFILE:
            profile, field = inside.container.apparmor
            value = f"localhost/{profile}" if field.startswith("metadata.annotations") else profile
            code = "apparmor-profile"
            yield Match(
                code, Severity.REVIEW, Grade.LIKELY, field, value, (inside.name,), code, failure=Failure.PROFILE
            )


def gpu_runtime(case: Case) -> Iterator[Match]:
    """Find a GPU that is got through Docker: nvidia-docker, docker's --gpus, NVIDIA's toolkit told to set Docker up."""
    for inside in case.insides:
        if value := _gpu_image(inside):
            yield _look("gpu-runtime", f"{inside.container.field}.image", value, inside)
            continue
        for run in inside.runs:
            if shown_words := _gpu_words(run.call):
                yield _look("gpu-runtime", run.field, words(shown_words), inside)
                break


def _gpu_image(inside: Inside) -> str:
    image = inside.container.image
    name = split_image(image)[0].rpartition("/")[2]
    is_toolkit = name in _TOOLKIT_IMAGES and (inside.values or {}).get("RUNTIME") == "docker"
    return shown(image) if name in _GPU_NAMES or is_toolkit else ""


def _gpu_words(call: Call) -> tuple[str, ...]:
    """Return the words of a call that get a GPU through Docker, or install what does; empty where none do."""
    if call.program in _GPU_NAMES:
        return (call.program, *call.args[:1])
    if call.program == "docker":
        gpus = [word for word in call.args if word.partition("=")[0] == "--gpus"]
        return (call.program, *call.args[:1], gpus[0]) if gpus else ()
    if call.program == "nvidia-ctk":
        return (call.program, "--runtime=docker") if re.search(r"--runtime[ =]docker\b", " ".join(call.args)) else ()
    named = [word for word in call.args if word.partition("=")[0] in _GPU_NAMES]
    return (call.program, named[0]) if named and call.program not in _PRINTERS else ()


def docker_bridge(case: Case) -> Iterator[Match]:
    """Find the address or the name of Docker's bridge on the node."""
    for inside in case.insides:
        evidence = inside.container.evidence
        told = [(f"command[{n}]", word) for n, word in enumerate(evidence.command)]
        told += [(f"args[{n}]", word) for n, word in enumerate(evidence.args)]
        told += [(variable.field, variable.value or "") for variable in inside.env]
        for field, text in told:
            if found := _BRIDGE.search(text):
                yield _look("docker-bridge", f"{inside.container.field}.{field}", found[0], inside)
                break


def _look(code: str, field: str, value: str, inside: Inside) -> Match:
    return Match(code, Severity.REVIEW, Grade.POSSIBLE, field, value, (inside.name,), code, failure=Failure.SETTING)
