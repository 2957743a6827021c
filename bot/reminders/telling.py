"""What is told with the next post of a channel: what did not come, or perhaps did, and what its threads may lack."""

from collections.abc import Sequence

from bot.reminders.ports import NOW, Entry, Part, Slot, State

_TO_TELL = (State.MISSED, State.UNCONFIRMED)

#: Parts that somebody reads. An edit that is unconfirmed leaves the message as it was.
_READ = (Part.DETAILS, Part.CHART)


def untold(rows: Sequence[Entry], slot: Slot) -> list[Entry]:
    """Return the rows of a channel that are told with the post of a slot, the messages first.

    Of what somebody asked for at once, the message is told to them; nobody knows of its thread.
    """
    fresh = [row for row in rows if row.told_at is None and row.slot != slot]
    messages = [row for row in fresh if row.slot.part is Part.MESSAGE and not row.slot.occurrence.startswith(NOW)]
    found = [row for row in messages if row.state in _TO_TELL]
    lost = {row.slot.occurrence for row in found}  # and with them what was to be told with them
    found += [row for row in messages if row.state is State.MERGED and row.code in lost]
    return found + [row for row in fresh if row.slot.part in _READ and row.state is State.UNCONFIRMED]
