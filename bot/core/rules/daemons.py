"""Images that run a Docker daemon of their own (facts 4.2, row 18)."""

from collections.abc import Iterator

from bot.core.rules.base import Match, Severity
from bot.core.rules.case import Case
from bot.core.rules.evidence import shown
from bot.core.rules.images import is_daemon_image
from bot.core.runtimes import Grade


def dind(case: Case) -> Iterator[Match]:
    """Find containers that run their own Docker daemon, by their image."""
    for inside in case.insides:
        container = inside.container
        if is_daemon_image(container.image):
            grade = Grade.CERTAIN if container.privileged else Grade.LIKELY
            field, value = f"{container.field}.image", shown(container.image)
            yield Match("dind", Severity.INFO, grade, field, value, (container.name,), "dind")
