"""What a test switches on to make the simulated Web API go wrong. Safe to use from several threads."""

import threading
from dataclasses import dataclass, field
from typing import Any

from bot.playground.slack.chances import Break, Chances, Loss

#: Stands for every method in the calls below.
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer instead of the work. ``retry_after``: seconds, None for anything but HTTP 429."""

    error: str
    status: int = 200
    retry_after: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Planned:
    """``times``: how many calls it still is for; None is for ever."""

    what: Any
    times: int | None

    def take(self) -> Any:
        if self.times is not None:
            self.times -= 1
        return self.what


class Faults:
    """Faults by Web API method; ``response_url`` and ``upload`` count as methods, ``*`` is any.

    Attributes:
        token_error: error for every call with a token, such as ``invalid_auth`` or ``token_revoked``.
        clock_skew_seconds: how far Slack's clock is ahead, in ``Date`` headers and signatures.
        home_is_off: views.publish answers ``not_enabled``.
        agent_is_off: assistant.threads.setSuggestedPrompts answers ``not_agent_app``.
        chances: what goes wrong at random.
        silence_seconds: how long a connection is kept open over which no answer comes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: dict[tuple[str, str], _Planned] = {}
        self.token_error: str | None = None
        self.clock_skew_seconds = 0.0
        self.home_is_off = False
        self.agent_is_off = False
        self.is_unavailable = False
        self.chances = Chances()
        self.silence_seconds = 15.0

    def delay(self, method: str, seconds: float, times: int | None = None) -> None:
        """Do the work at once and answer late."""
        self._plan("delay", method, seconds, times)

    def refuse(self, method: str, error: str, times: int | None = None, status: int = 200, **extra: Any) -> None:
        """Answer with an error and do nothing; ``extra`` goes into the answer."""
        self._plan("refuse", method, Refusal(error, status, extra=extra), times)

    def rate_limit(self, method: str, times: int | None = 1, retry_after: int = 1) -> None:
        """Answer 429 with ``Retry-After``."""
        self._plan("refuse", method, Refusal("ratelimited", 429, retry_after), times)

    def fail_after(self, method: str, how: Break = "500", times: int | None = 1) -> None:
        """Do the work, then lose the answer."""
        self._plan("break", method, how, times)

    def fail_before(self, method: str, how: Break = "500", times: int | None = 1) -> None:
        """Do nothing, and answer in the same way."""
        self._plan("lose", method, how, times)

    def clear(self) -> None:
        """Everything works again."""
        self.chances.clear()
        with self._lock:
            self._planned.clear()
            self.token_error = None
            self.clock_skew_seconds = 0.0
            self.home_is_off = self.agent_is_off = self.is_unavailable = False

    def refusal(self, method: str) -> Refusal | None:
        """Return the answer planned for this call, and count it."""
        taken: Refusal | None = self._take("refuse", method)
        return taken

    def seconds(self, method: str) -> float:
        """Return how long the answer to this call waits, and count it."""
        return float(self._take("delay", method) or 0)

    def loss(self, method: str) -> Loss | None:
        """Return how this call is lost, planned or at random, and count it."""
        how: Break | None = self._take("lose", method)
        return Loss(is_taken=False, how=how) if how is not None else self.chances.draw(method)

    def breakage(self, method: str) -> Break | None:
        """Return how the answer to this call is lost, and count it."""
        taken: Break | None = self._take("break", method)
        return taken

    def _plan(self, kind: str, method: str, what: Any, times: int | None) -> None:
        with self._lock:
            self._planned[kind, method] = _Planned(what, times)

    def _take(self, kind: str, method: str) -> Any:
        with self._lock:
            for key in ((kind, method), (kind, EVERY)):
                planned = self._planned.get(key)
                if planned is not None and planned.times != 0:
                    return planned.take()
        return None
