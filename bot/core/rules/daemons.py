"""Images that run a Docker daemon of their own (facts 4.2, row 18)."""

from collections.abc import Iterator

from bot.core.rules.base import Match, Severity
from bot.core.rules.case import Case
from bot.core.rules.images import split_image
from bot.core.runtimes import Grade


def dind(case: Case) -> Iterator[Match]:
    for container in case.template.containers:
        repository, tag = split_image(container.image)
        name = repository.rpartition("/")[2]
        if name.endswith("dind") or (name == "docker" and "dind" in tag):
            grade = Grade.CERTAIN if container.privileged else Grade.LIKELY
            field = f"{container.field}.image"
            yield Match("dind", Severity.INFO, grade, field, container.image, (container.name,), "dind")
