"""Putting a reminder off as a modal of Slack: plain dicts that keep every limit."""

import json
from datetime import date
from typing import Any

from msgspec import Struct

from bot.core.milestones import Milestone
from bot.core.orders import NOTE_CHARS
from bot.core.snoozes import REASON, UNTIL, last_day, usual_day
from bot.core.subscription_words import Problem, read_date, read_zone
from bot.render.digest_form import field, frame, plain_text, section
from bot.render.document import Line, Text
from bot.render.limits import METADATA_CHARS, TITLE_CHARS
from bot.render.messages import Catalogue
from bot.render.mrkdwn import PROGRAM, to_line
from bot.render.text import plain

View = dict[str, Any]

#: ``callback_id`` of the form, and ``action_id`` of each of its fields: this and the field's name.
FORM = "snooze-form"
ACTION = "snooze-"


class SnoozeAbout(Struct, frozen=True):
    """What a form is about, as it comes back with it.

    Args:
        channel: Slack id; milestone: id.
        language: of the form.
        zone: time zone in which the channel counts days.
        last: the last day that can be chosen.
        message_ts: the message in whose thread it is told; empty: in none.
    """

    channel: str
    milestone: str
    language: str
    zone: str
    last: date
    message_ts: str = ""


def to_form(milestone: Milestone, about: SnoozeAbout, today: date, catalogue: Catalogue) -> View:
    """Return the form. ``today``: in the channel's zone."""
    until = {"type": "datepicker", "initial_date": usual_day(today, about.last).isoformat()}
    reason = {"type": "plain_text_input", "max_length": NOTE_CHARS}
    title: Line = (Text(milestone.texts[catalogue.language]["title"]),)
    shown = catalogue.say("form.snooze-about", title=title, date=milestone.day)
    fields = ((UNTIL, until), (REASON, reason))
    return {
        **frame(catalogue, "form.snooze-title"),
        "callback_id": FORM,
        "private_metadata": encode(about),
        "submit": plain_text(plain(catalogue.say("form.snooze-submit")), TITLE_CHARS),
        "blocks": [
            section(to_line(shown, PROGRAM)),
            *(
                field(name, {**element, "action_id": f"{ACTION}{name}"}, catalogue, f"form.snooze-{name}", about.last)
                for name, element in fields
            ),
        ],
    }


def about_of(
    milestone: Milestone, channel: str, language: str, zone: str, message_ts: str | None = None
) -> SnoozeAbout:
    """Return what a form about a milestone comes back with."""
    return SnoozeAbout(channel, milestone.id, language, zone, last_day(milestone), message_ts or "")


def encode(about: SnoozeAbout) -> str:
    """Return what comes back with the form."""
    data = {
        "c": about.channel,
        "m": about.milestone,
        "l": about.language,
        "z": about.zone,
        "d": about.last.isoformat(),
        "t": about.message_ts,
    }
    return json.dumps(data, separators=(",", ":"))[:METADATA_CHARS]


def decode(text: str) -> SnoozeAbout | None:
    """Return what a form is about, None for one of another version of the app."""
    try:
        data = json.loads(text)
        values = [data[key] for key in ("c", "m", "l", "z", "t")]
        last = read_date(data["d"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not all(isinstance(value, str) for value in values) or isinstance(last, Problem):
        return None
    channel, milestone, language, zone, message_ts = values
    if language not in ("en", "ko") or isinstance(read_zone(zone), Problem):
        return None
    return SnoozeAbout(channel, milestone, language, zone, last, message_ts)
