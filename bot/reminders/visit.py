"""One pass over one channel: claim what is due, write it, send it once, and note what became of it.

The rule that everything here serves: a post of which nobody knows whether Slack took it is looked for, and never sent
again blindly. What remains: a process that is stopped between its last look at the claim and its call of Slack, for
longer than the lease, and then goes on.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from bot.core.schedule import LOOK_BACK, Kind, Occurrence, due, instant, is_quiet, merged
from bot.core.subscriptions import Subscription
from bot.errors import BotError
from bot.reminders.desk import Dates, Desk
from bot.reminders.mending import LEASE, MAY_BE_SENT, PASSING, PAUSE, Mender, is_reminder
from bot.reminders.ports import (
    NOW,
    CannotLookError,
    Claim,
    Entry,
    LimitedError,
    Nothing,
    NotSentError,
    NotYet,
    Outcome,
    Part,
    Posting,
    Slot,
    State,
    UnknownError,
)
from bot.reminders.telling import untold

#: A call begins only where so little time has passed since the claim was renewed for it.
LONGEST_WAIT = timedelta(seconds=25)

#: A late reminder waits for the hour of reminders: the whole grace, an hour when clocks go back, and some ticks.
HELD = timedelta(hours=2)

#: Slack's clock may be behind this one by so much. Those of replicas must agree to well within a lease.
SKEW = timedelta(hours=1)

#: Slack's errors that mean: nothing can be posted to this channel until somebody changes something.
GONE = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "user_not_found",
        "user_disabled",
        "cannot_dm_bot",
        "restricted_action",
        "restricted_action_read_only_channel",
        "posting_to_channel_denied",
        "messages_tab_disabled",
    }
)

_DAY = timedelta(days=1)

_log = structlog.get_logger(__name__)


class Visit:
    """What one channel gets now.

    Args:
        rows: of the post ledger, those of the channel; what this pass writes is added.
    """

    def __init__(self, desk: Desk, subscription: Subscription, rows: list[Entry], dates: Dates) -> None:
        self._desk = desk
        self._mender = Mender(desk)
        self._subscription = subscription
        self._channel = subscription.channel
        self._rows = rows
        self._dates = dates
        now = desk.now()
        self._occurrences = {found.key: found for found in self._due(now - LOOK_BACK, now)}

    def run(self) -> None:
        """Go on with what was begun, begin what is due, and complete threads."""
        for entry in [entry for entry in self._rows if entry.state.is_open]:
            self._go_on(entry)
        for occurrence in self._to_begin():
            self._begin(occurrence)
        self._complete()

    def mend(self) -> None:
        """Edit the reminders all of which is done."""
        self._mender.mend(self._subscription, self._rows)

    def post_now(self) -> State:
        """Post the digest at once, whenever it is due next, and return what became of it."""
        now = self._desk.now()
        slot = Slot(self._channel, f"{NOW}:{now.isoformat()}", Part.MESSAGE)
        claim = self._desk.ledger.claim(slot, now, now, now + LEASE)
        if claim is None:
            return State.MISSED
        self._post(Occurrence(Kind.DIGEST, now.astimezone(self._subscription.tz).date(), now), claim)
        return next((entry.state for entry in self._rows if entry.slot == slot), State.REFUSED)

    # New occurrences

    def _to_begin(self) -> Sequence[Occurrence]:
        """Return what is to be posted now, one reminder at most; what is too late is written down as missed."""
        now = self._desk.now()
        known = {entry.slot.occurrence for entry in self._rows}
        on_time = []
        for key, occurrence in self._occurrences.items():
            if key in known:
                continue
            held = HELD if occurrence.kind is Kind.REMINDER else timedelta()
            if now - occurrence.at <= self._desk.grace + held:
                on_time.append(occurrence)
            else:
                self._write(occurrence, Outcome(State.MISSED))
        if is_quiet(self._subscription, now) or self._desk.breakers.is_open(self._channel):
            return []
        reminders = [occurrence for occurrence in on_time if occurrence.kind is Kind.REMINDER]
        if reminders and (self._waits(reminders[-1]) or self._was_reminded(None)):
            return [occurrence for occurrence in on_time if occurrence.kind is not Kind.REMINDER]
        for older in reminders[:-1]:
            self._write(older, Outcome(State.MERGED, code=reminders[-1].key))
        return [occurrence for occurrence in on_time if occurrence not in reminders[:-1]]

    def _waits(self, latest: Occurrence) -> bool:
        """Whether late reminders are told at the hour of reminders, or with that of today, and not in the night."""
        now, zone = self._desk.now(), self._subscription.tz
        today = now.astimezone(zone).date()
        is_early = latest.day < today and now < instant(today, self._subscription.at, zone)
        return is_early or self._later_today() is not None

    def _later_today(self) -> Occurrence | None:
        """Return the other reminder that is due on this day: what is late is told with it."""
        now = self._desk.now()
        today = now.astimezone(self._subscription.tz).date()
        later = [found for found in self._due(now, now + _DAY) if found.kind is Kind.REMINDER and found.day == today]
        return later[0] if later else None

    def _due(self, after: datetime, until: datetime) -> Sequence[Occurrence]:
        dates = self._dates
        woken = dates.woken.get(self._channel, ())
        return due(self._subscription, dates.milestones, after, until, dates.moved, woken)

    def _begin(self, occurrence: Occurrence) -> None:
        now = self._desk.now()
        if self._desk.is_stopping():
            return
        messages = [entry for entry in self._messages() if not entry.slot.occurrence.startswith(NOW)]
        lately = [entry for entry in messages if now - entry.claimed_at < _DAY]
        if sum(entry.state in (State.SENT, State.UNCONFIRMED, *MAY_BE_SENT) for entry in lately) >= self._desk.budget:
            self._write(occurrence, Outcome(State.MISSED, code="budget"))
            return
        claim = self._desk.ledger.claim(self._slot(occurrence), occurrence.at, now, now + LEASE)
        if claim is not None:
            self._post(occurrence, claim)

    def _write(self, occurrence: Occurrence, outcome: Outcome) -> None:
        slot, now = self._slot(occurrence), self._desk.now()
        if self._desk.ledger.write(slot, occurrence.at, now, outcome):
            self._desk.note(slot, outcome)
            self._rows.append(Entry(slot, outcome.state, "", occurrence.at, now, now, code=outcome.code))

    # What was begun before

    def _go_on(self, entry: Entry) -> None:
        now = self._desk.now()
        if self._desk.is_stopping() or entry.lease_until > now or (entry.not_before or now) > now:
            return
        claim = self._desk.ledger.take_over(entry, now, now + LEASE)
        if claim is not None and entry.slot.part is Part.FIXED:
            self._mender.go_on(entry, claim, self._subscription, self._rows)
            return
        if claim is None or (entry.state in MAY_BE_SENT and not self._is_absent(entry, claim)):
            return
        # Nothing of it is in Slack. What is not due any more, such as after a change of the days, is not posted late.
        occurrence = self._occurrences.get(entry.slot.occurrence)
        if occurrence is None:
            self._desk.settle(claim, Outcome(State.NOTHING, code="not-due"))
        elif now - entry.due_at > self._desk.grace or (is_reminder(entry) and self._was_reminded(entry)):
            self._desk.settle(claim, Outcome(State.MISSED))
        elif is_reminder(entry) and (later := self._later_today()) is not None:
            self._desk.settle(claim, Outcome(State.MERGED, code=later.key))
        elif is_quiet(self._subscription, now) or self._desk.breakers.is_open(self._channel):
            self._desk.settle(claim, Outcome(State.WAITING, not_before=now + PAUSE))
        elif entry.slot.part is Part.MESSAGE:
            self._post(occurrence, claim)
        else:
            self._post_part(occurrence, claim)

    def _is_absent(self, entry: Entry, claim: Claim) -> bool:
        """Look for a message of which nobody knows whether Slack took it; True when it is certainly not there."""
        now = self._desk.now()
        thread = None if entry.slot.part is Part.MESSAGE else self._message_ts(entry.slot)
        try:
            ts = self._desk.sender.find(self._channel, entry.post_id, entry.claimed_at - SKEW, thread)
        except CannotLookError as error:
            if error.is_lasting or now - entry.due_at > self._desk.grace:
                self._desk.settle(claim, Outcome(State.UNCONFIRMED, code=entry.code, parts=entry.parts))
            else:
                outcome = Outcome(State.UNKNOWN, code=entry.code, not_before=now + PAUSE, parts=entry.parts)
                self._desk.settle(claim, outcome)
            return False
        if ts is None:
            return True
        self._desk.settle(claim, Outcome(State.SENT, ts=ts, parts=entry.parts))
        return False

    def _was_reminded(self, entry: Entry | None) -> bool:
        """Whether a reminder was, or may have been, posted on this day already: another than an entry."""
        zone = self._subscription.tz
        today = self._desk.now().astimezone(zone).date()
        return any(
            is_reminder(other)
            and (entry is None or other.slot != entry.slot)
            and other.state in (State.SENT, *MAY_BE_SENT)
            and other.claimed_at.astimezone(zone).date() == today
            for other in self._rows
        )

    def _complete(self) -> None:
        """Post what is missing in the thread of a message: its sender ended in between."""
        now = self._desk.now()
        slots = {entry.slot for entry in self._rows}
        for entry in self._messages():
            occurrence = self._occurrences.get(entry.slot.occurrence)
            # Whoever has just posted the message goes on with its parts: leave them the time for it.
            is_settled = entry.state is State.SENT and now - entry.claimed_at > LEASE
            if occurrence is None or not is_settled or now - entry.due_at > self._desk.grace:
                continue
            for slot in (replace(entry.slot, part=part) for part in entry.parts):
                if slot in slots or self._desk.is_stopping():
                    continue
                claim = self._desk.ledger.claim(slot, entry.due_at, now, now + LEASE)
                if claim is not None:
                    self._post_part(occurrence, claim)

    # Sending

    def _post(self, occurrence: Occurrence, claim: Claim) -> None:
        """Post a message and what belongs into its thread."""
        to_tell = untold(self._rows, claim.slot)
        posting = self._written(self._whole(occurrence), claim, to_tell)
        if posting is None:
            return
        message = posting.message
        ts = self._send(claim, lambda: self._desk.sender.post(self._channel, message, claim.post_id, None), posting)
        if ts is None:
            return
        if to_tell:
            told_at = self._desk.now()
            self._desk.ledger.told([entry.slot for entry in to_tell], told_at)
            self._rows[:] = [replace(row, told_at=told_at) if row in to_tell else row for row in self._rows]
        sent = []
        for part in posting.parts:
            now = self._desk.now()
            claimed = self._desk.ledger.claim(replace(claim.slot, part=part), occurrence.at, now, now + LEASE)
            sent.append(claimed is not None and self._send_part(claimed, posting, ts))
        # A part that is left is written anew later, from what this builds on: then the next digest builds on that, too.
        if posting.keep is not None and all(sent):
            posting.keep()

    def _post_part(self, occurrence: Occurrence, claim: Claim) -> None:
        """Post one part into the thread of a message that was sent before, with what is true now."""
        ts = self._message_ts(claim.slot)
        posting = self._written(self._whole(occurrence), claim, ())
        if posting is None:
            return
        if ts is None or claim.slot.part not in posting.parts:
            self._desk.settle(claim, Outcome(State.NOTHING, code="thread"))
            return
        self._send_part(claim, posting, ts)

    def _send_part(self, claim: Claim, posting: Posting, ts: str) -> bool:
        """Send one part, and return whether it is known to be sent."""
        sender, details, picture = self._desk.sender, posting.details, posting.picture
        if claim.slot.part is Part.DETAILS and details is not None:
            return self._send(claim, lambda: sender.post(self._channel, details, claim.post_id, ts)) is not None
        if claim.slot.part is Part.CHART and picture is not None:
            return self._send(claim, lambda: sender.upload(self._channel, picture, claim.post_id, ts) or ts) is not None
        return False

    def _written(self, occurrence: Occurrence, claim: Claim, untold: Sequence[Entry]) -> Posting | None:
        """Return the messages; where there are none, say why in the ledger."""
        now = self._desk.now()
        try:
            written = self._desk.writer.write(self._subscription, occurrence, now, untold)
        except BotError as error:
            _log.warning("post not written", channel=self._channel, error=error.key)
            written = NotYet()
        if isinstance(written, NotYet):
            self._desk.settle(claim, Outcome(State.WAITING, code="unread", not_before=now + PAUSE))
            return None
        if isinstance(written, Nothing):
            self._desk.settle(claim, Outcome(State.NOTHING, code=written.why))
            self._rows.append(Entry(claim.slot, State.NOTHING, claim.post_id, now, now, now, code=written.why))
            return None
        return written

    def _send(self, claim: Claim, call: Callable[[], str], posting: Posting | None = None) -> str | None:
        """Send once, and write down how it ended. Returns the time stamp, None when it is not known to be sent.

        Args: posting: of the message itself, what belongs to it.
        """
        now = self._desk.now()
        parts, about = (posting.parts, posting.about) if posting is not None else ((), ())
        if self._desk.is_stopping() or not self._desk.ledger.begin(claim, now, now + LEASE, parts, about):
            return None
        if self._desk.now() - now > LONGEST_WAIT:  # the database took too long: another replica may look for it by then
            return None
        try:
            ts = call()
        except LimitedError as error:
            later = self._desk.now() + max(timedelta(seconds=error.seconds), timedelta(seconds=1))
            self._desk.settle(claim, Outcome(State.WAITING, code=error.code, not_before=later))
        except NotSentError as error:
            self._refused(claim, error.code)
        except UnknownError as error:
            self._desk.breakers.failed(self._channel)
            later = self._desk.now() + LEASE  # not before the slowest way to Slack has ended
            self._desk.settle(claim, Outcome(State.UNKNOWN, code=error.code, not_before=later, parts=parts))
            self._rows.append(Entry(claim.slot, State.UNKNOWN, claim.post_id, now, now, later, parts=parts))
        else:
            self._desk.breakers.worked(self._channel)
            self._desk.settle(claim, Outcome(State.SENT, ts=ts, parts=parts))
            entry = Entry(claim.slot, State.SENT, claim.post_id, now, now, now, ts=ts, parts=parts, about=about)
            self._rows.append(entry)
            return ts
        return None

    def _refused(self, claim: Claim, code: str) -> None:
        now = self._desk.now()
        if code in GONE and claim.slot.part is Part.MESSAGE:
            self._desk.settle(claim, Outcome(State.REFUSED, code=code))
            if self._desk.subscriptions.stop(self._subscription, code, now):
                self._desk.notices.stopped(self._subscription, code)
            return
        self._desk.breakers.failed(self._channel)
        if code in PASSING:
            self._desk.settle(claim, Outcome(State.WAITING, code=code, not_before=now + PAUSE))
        else:
            self._desk.settle(claim, Outcome(State.REFUSED, code=code))

    # Rows

    def _slot(self, occurrence: Occurrence) -> Slot:
        return Slot(self._channel, occurrence.key, Part.MESSAGE)

    def _messages(self) -> list[Entry]:
        return [entry for entry in self._rows if entry.slot.part is Part.MESSAGE]

    def _message_ts(self, slot: Slot) -> str | None:
        """Return the time stamp of the message in whose thread a part belongs."""
        message = replace(slot, part=Part.MESSAGE)
        return next((entry.ts for entry in self._rows if entry.slot == message and entry.ts), None)

    def _whole(self, occurrence: Occurrence) -> Occurrence:
        """Return a reminder with those that are told with it; of the ledger, so that every replica tells the same."""
        keys = [
            entry.slot.occurrence
            for entry in self._rows
            if entry.state is State.MERGED and entry.code == occurrence.key
        ]
        return merged(occurrence, [self._occurrences[key] for key in keys if key in self._occurrences])


def close(desk: Desk, rows: Iterable[Entry]) -> None:
    """Settle what was begun for a channel that has no subscription any more: it is not posted."""
    for entry in rows:
        now = desk.now()
        if not entry.state.is_open or entry.lease_until > now:
            continue
        claim = desk.ledger.take_over(entry, now, now + LEASE)
        if claim is not None:
            state = State.UNCONFIRMED if entry.state in MAY_BE_SENT else State.NOTHING
            desk.settle(claim, Outcome(state, code=entry.code or "off"))
