"""Reminders that were posted, edited in place: what was taken or put off, and, once, that what they are about is done.

An edit is no second message: where nobody knows whether Slack took one, it is made again.
"""

import threading
from collections.abc import Sequence
from datetime import timedelta

import structlog

from bot.core.schedule import Kind
from bot.core.subscriptions import Subscription
from bot.errors import BotError
from bot.reminders.desk import Desk
from bot.reminders.ports import Claim, Entry, LimitedError, NotSentError, Outcome, Part, Slot, State, UnknownError
from bot.render.blocks import Message

#: A claim holds so long. A look for a post and a post take 20 seconds each at most, and the lease has to outlast both.
LEASE = timedelta(seconds=60)

#: Pause before what failed in passing is tried again, and before a message is looked for that may be in the channel.
PAUSE = timedelta(seconds=30)

#: Reminders are edited for so long after they were due: older ones nobody reads any more.
MENDED_FOR = timedelta(days=30)

#: Errors that pass by themselves, or when somebody mends the bot: the post is tried again while there is time.
PASSING = frozenset(
    {
        "unreachable",
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "team_access_not_granted",
        "team_added_to_org",
        "org_login_required",
    }
)

MAY_BE_SENT = (State.SENDING, State.UNKNOWN)

_log = structlog.get_logger(__name__)


class Mender:
    """Edits reminders of one channel; safe to use from several threads."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mend(self, subscription: Subscription, rows: Sequence[Entry]) -> None:
        """Edit what is done by now. A message that says so stays as it is, whatever comes back: the next one tells."""
        slots = {entry.slot for entry in rows}
        for entry in posted(rows, self._desk):
            if self._desk.is_stopping() or self._desk.breakers.is_open(subscription.channel):
                return
            slot = fixed_slot(entry)
            message = self._desk.writer.fixed(subscription, entry, self._desk.now()) if slot not in slots else None
            if message is None:
                continue
            now = self._desk.now()
            claim = self._desk.ledger.claim(slot, entry.due_at, now, now + LEASE)
            if claim is not None:
                self._edit(claim, entry, message)

    def go_on(self, entry: Entry, claim: Claim, subscription: Subscription, rows: Sequence[Entry]) -> None:
        """Go on with an edit that was begun."""
        about = next((found for found in posted(rows, self._desk) if fixed_slot(found) == entry.slot), None)
        message = self._desk.writer.fixed(subscription, about, self._desk.now()) if about is not None else None
        if about is None or message is None:  # too old, or it came back meanwhile
            state = State.UNCONFIRMED if entry.state in MAY_BE_SENT else State.NOTHING
            self._desk.settle(claim, Outcome(state, code="back"))
        else:
            self._edit(claim, about, message)

    def _edit(self, claim: Claim, entry: Entry, message: Message) -> None:
        now = self._desk.now()
        if entry.ts is None or not self._desk.ledger.begin(claim, now, now + LEASE, ()):
            return
        try:
            self._desk.sender.update(claim.slot.channel, entry.ts, message)
        except LimitedError as error:
            later = now + max(timedelta(seconds=error.seconds), timedelta(seconds=1))
            self._desk.settle(claim, Outcome(State.WAITING, code=error.code, not_before=later))
        except UnknownError as error:
            self._desk.settle(claim, Outcome(State.WAITING, code=error.code, not_before=now + PAUSE))
        except NotSentError as error:  # such as of a message that was deleted, or is too old for an edit
            if error.code in PASSING:
                self._desk.settle(claim, Outcome(State.WAITING, code=error.code, not_before=now + PAUSE))
            else:
                self._desk.settle(claim, Outcome(State.REFUSED, code=error.code))
        else:
            self._desk.settle(claim, Outcome(State.SENT, ts=entry.ts))


class Refresher:
    """Shows what people said of a date in the reminder that tells of it, for everybody.

    Of two edits of one process the later shows what both said; two processes that edit at the same moment may leave
    the earlier one, until somebody says more.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()

    def refresh(self, channel: str, milestone: str, ts: str | None) -> bool:
        """Edit the message with a time stamp, or the newest that tells of a milestone; False where none was edited.

        Raises nothing: why it failed is logged.
        """
        desk = self._desk
        try:
            with self._lock:
                subscription = next((each for each in desk.subscriptions.active() if each.channel == channel), None)
                rows = [row for row in desk.ledger.rows(desk.now() - MENDED_FOR) if row.slot.channel == channel]
                done = {row.slot for row in rows if row.slot.part is Part.FIXED}
                found = [row for row in posted(rows, desk) if milestone in row.about and ts in (None, row.ts)]
                entry = next((row for row in reversed(found) if fixed_slot(row) not in done), None)
                if subscription is None or entry is None or entry.ts is None:
                    return False
                message = desk.writer.again(subscription, entry, desk.now())
                if message is None:
                    return False
                desk.sender.update(channel, entry.ts, message)
        except (BotError, NotSentError, UnknownError) as error:
            _log.warning("reminder not edited", channel=channel, error=getattr(error, "key", str(error)))
            return False
        return True


def posted(rows: Sequence[Entry], desk: Desk) -> list[Entry]:
    """Return the reminders that are in the channel, told of dates, and are not too old, in their order."""
    since = desk.now() - MENDED_FOR
    return [row for row in rows if is_reminder(row) and row.state is State.SENT and row.about and row.due_at >= since]


def is_reminder(entry: Entry) -> bool:
    """Whether a row is the message of a reminder."""
    return entry.slot.part is Part.MESSAGE and entry.slot.occurrence.startswith(Kind.REMINDER)


def fixed_slot(entry: Entry) -> Slot:
    """Return the slot of the edit that says that a message's dates are done."""
    return Slot(entry.slot.channel, entry.slot.occurrence, Part.FIXED)
