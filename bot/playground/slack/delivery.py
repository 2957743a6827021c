"""Deliveries to the bot: attempts, acknowledgements in time, and when Slack tries again. Knows no transport."""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from bot.playground.slack.timers import Timers

Kind = Literal["events_api", "slash_commands", "interactive"]

#: Slack's patience with an acknowledgement (boltdocs, acknowledge).
ACK_SECONDS = 3.0

#: Pauses before the three re-deliveries of an event. Slack's are about 0, 60 and 300 seconds.
RETRY_PAUSES = (0.0, 0.5, 1.0)

#: How often a re-delivery looks for a connection when there is none.
_POLL_SECONDS = 0.05


@dataclass(slots=True)
class Attempt:
    """One try. Times are monotonic seconds; ``connection`` is None when there was none, or in HTTP mode."""

    envelope_id: str
    number: int
    reason: str
    sent_at: float
    connection: str | None = None
    acked_at: float | None = None
    acked_by: str | None = None
    payload: dict[str, Any] | None = None
    status: int | None = None
    is_over: bool = False


@dataclass(eq=False)
class Delivery:
    """Something Slack wants the bot to have.

    Args:
        error: what the user is told when a command or click is not taken: ``operation_timeout`` when nothing
            acknowledged it in time, ``dispatch_failed`` when it reached nobody.
    """

    kind: Kind
    payload: dict[str, Any]
    changed: threading.Condition
    response_url: str | None = None
    attempts: list[Attempt] = field(default_factory=list)
    error: str | None = None

    @property
    def event_id(self) -> str | None:
        """The id that stays the same over all attempts; None for anything but events."""
        return self.payload.get("event_id")

    @property
    def ts(self) -> str | None:
        """``ts`` of the message that made the event."""
        found: str | None = (self.payload.get("event") or {}).get("ts")
        return found

    @property
    def envelope_id(self) -> str:
        """Envelope of the first attempt."""
        return self.attempts[0].envelope_id

    @property
    def sent_at(self) -> float:
        """When the first attempt was sent."""
        return self.attempts[0].sent_at

    @property
    def acked_attempt(self) -> Attempt | None:
        """The attempt that was acknowledged first."""
        done = [attempt for attempt in self.attempts if attempt.acked_at is not None]
        return min(done, key=lambda attempt: attempt.acked_at or 0.0, default=None)

    @property
    def acked(self) -> bool:
        """Whether any attempt was acknowledged, in time or not."""
        return self.acked_attempt is not None

    @property
    def acked_at(self) -> float | None:
        """When it was first acknowledged."""
        return self.acked_attempt.acked_at if self.acked_attempt else None

    @property
    def ack_ms(self) -> float | None:
        """Milliseconds from sending an attempt to its acknowledgement."""
        attempt = self.acked_attempt
        return ((attempt.acked_at or 0.0) - attempt.sent_at) * 1000 if attempt else None

    @property
    def ack_payload(self) -> dict[str, Any] | None:
        """What the acknowledgement carried."""
        return self.acked_attempt.payload if self.acked_attempt else None

    @property
    def status(self) -> int | None:
        """HTTP status of the last attempt that got one."""
        return next((item.status for item in reversed(self.attempts) if item.status is not None), None)

    def wait_ack(self, timeout: float = ACK_SECONDS) -> bool:
        """Return whether it is acknowledged within so many seconds."""
        return self.wait(lambda: self.acked, timeout)

    def wait_attempts(self, n: int, timeout: float) -> bool:
        """Return whether it is tried so often within so many seconds."""
        return self.wait(lambda: len(self.attempts) >= n, timeout)

    def wait(self, is_so: Callable[[], bool], timeout: float) -> bool:
        """Return whether something about it becomes so within so many seconds."""
        with self.changed:
            return self.changed.wait_for(is_so, timeout)


class Transport(Protocol):
    """Takes an attempt to the bot and calls back `Deliveries.acked` or `Deliveries.failed`."""

    def send(self, delivery: Delivery, attempt: Attempt) -> bool:
        """Send it; False when there is nobody to send it to."""


class Deliveries:
    """Sends, waits and sends again.

    Args:
        shown: called with a command's delivery and the payload of an acknowledgement that came in time.
    """

    def __init__(
        self,
        changed: threading.Condition,
        timers: Timers,
        transport: Callable[[], Transport],
        shown: Callable[[Delivery, dict[str, Any]], None],
    ) -> None:
        self._changed = changed
        self._timers = timers
        self._transport = transport
        self._shown = shown
        self._open: dict[str, tuple[Delivery, Attempt]] = {}
        self.all: list[Delivery] = []
        self.ack_seconds = ACK_SECONDS
        self.retry_pauses: Sequence[float] = RETRY_PAUSES

    def start(self, delivery: Delivery) -> Delivery:
        """Send it for the first time."""
        with self._changed:
            self.all.append(delivery)
        self.attempt(delivery, "")
        return delivery

    def attempt(self, delivery: Delivery, reason: str) -> None:
        """Send it once more; an event that finds no connection waits for one."""
        with self._changed:
            attempt = Attempt(str(uuid.uuid4()), len(delivery.attempts), reason, time.monotonic())
            delivery.attempts.append(attempt)
            self._open[attempt.envelope_id] = (delivery, attempt)
            self._changed.notify_all()
        if self._transport().send(delivery, attempt):
            self._timers.after(self.ack_seconds, lambda: self.failed(attempt.envelope_id, "http_timeout"))
            return
        if delivery.kind == "events_api" and attempt.number > 0:
            with self._changed:
                delivery.attempts.remove(attempt)
                del self._open[attempt.envelope_id]
            self._timers.after(_POLL_SECONDS, lambda: self.attempt(delivery, reason))
            return
        self.failed(attempt.envelope_id, "connection_failed")

    def acked(
        self, envelope_id: str, payload: dict[str, Any] | None, by: str | None = None, status: int | None = None
    ) -> None:
        """Note an acknowledgement; a second one of the same envelope and one of an unknown envelope change nothing."""
        with self._changed:
            delivery, attempt = self._open.get(envelope_id, (None, None))
            if delivery is None or attempt is None or attempt.acked_at is not None:
                return
            attempt.acked_at, attempt.acked_by, attempt.payload = time.monotonic(), by, payload
            attempt.status = status
            in_time, attempt.is_over = not attempt.is_over, True
            self._changed.notify_all()
        if in_time and payload and delivery.kind == "slash_commands":
            self._shown(delivery, payload)

    def failed(self, envelope_id: str, reason: str, status: int | None = None, *, is_final: bool = False) -> None:
        """Note that an attempt was not acknowledged in time, and try again later where Slack does."""
        with self._changed:
            delivery, attempt = self._open[envelope_id]
            if status is not None:
                attempt.status = status
            if attempt.is_over:
                return
            attempt.is_over = True
            if delivery.kind != "events_api":
                delivery.error = "operation_timeout" if reason == "http_timeout" else "dispatch_failed"
            self._changed.notify_all()
            again = delivery.kind == "events_api" and attempt.number < len(self.retry_pauses) and not is_final
        if again:
            pause = self.retry_pauses[attempt.number]
            self._timers.after(pause, lambda: self.attempt(delivery, reason))

    def lost(self, connection: str) -> None:
        """Give up on what a dead connection has not acknowledged."""
        with self._changed:
            held = [key for key, (_, attempt) in self._open.items() if attempt.connection == connection]
        for key in held:
            self.failed(key, "connection_failed")
