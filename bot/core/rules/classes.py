"""What the node has to be set up for: runtime classes, AppArmor profiles, GPUs, Docker's bridge (rows 17, 28)."""

import re
from collections.abc import Iterator

from bot.core.rules.base import Failure, Match, Severity
from bot.core.rules.case import Case
from bot.core.rules.evidence import shown, words
from bot.core.rules.images import split_image
from bot.core.rules.inside import Inside
from bot.core.runtimes import Grade

_HANDLER = "docker"
_PROFILE = "docker-default"
_GPU_IMAGES = frozenset({"nvidia-docker", "nvidia-docker2"})
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
            code = "apparmor-profile"
            yield Match(
                code, Severity.REVIEW, Grade.LIKELY, field, profile, (inside.name,), code, failure=Failure.PROFILE
            )


def gpu_runtime(case: Case) -> Iterator[Match]:
    """Find a GPU that is got through Docker: nvidia-docker, or docker's own --gpus."""
    for inside in case.insides:
        name = split_image(inside.container.image)[0].rpartition("/")[2]
        if name in _GPU_IMAGES:
            yield _look("gpu-runtime", f"{inside.container.field}.image", shown(inside.container.image), inside)
            continue
        for run in inside.runs:
            gpus = next((word for word in run.call.args if word.partition("=")[0] == "--gpus"), None)
            if run.call.program in _GPU_IMAGES or (run.call.program == "docker" and gpus is not None):
                shown_words = (run.call.program, *run.call.args[:1], *((gpus,) if gpus else ()))
                yield _look("gpu-runtime", run.field, words(shown_words), inside)
                break


def docker_bridge(case: Case) -> Iterator[Match]:
    """Find the address or the name of Docker's bridge on the node."""
    for inside in case.insides:
        evidence = inside.container.evidence
        told = [(f"command[{n}]", word) for n, word in enumerate(evidence.command)]
        told += [(f"args[{n}]", word) for n, word in enumerate(evidence.args)]
        told += [(variable.field, variable.value or "") for variable in evidence.env]
        for field, text in told:
            if found := _BRIDGE.search(text):
                yield _look("docker-bridge", f"{inside.container.field}.{field}", found[0], inside)
                break


def _look(code: str, field: str, value: str, inside: Inside) -> Match:
    return Match(code, Severity.REVIEW, Grade.POSSIBLE, field, value, (inside.name,), code, failure=Failure.SETTING)
