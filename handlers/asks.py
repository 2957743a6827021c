"""From Slack's payloads to one Ask: who asks what, where, and how to answer. Knows shapes, does nothing.

Payload shapes: docs.slack.dev, slash commands, Events API, block_actions (checked 2026-11-22).
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

from bot.core.buttons import CHOSEN, NEXT, ORDER, PREVIOUS, RATE, SHARE, Asked, Rating, decode, decode_rating
from bot.core.forms import FIELDS, Values
from bot.core.pasting import Pasted
from bot.core.snoozes import FIELDS as SNOOZE_FIELDS
from bot.core.snoozes import UNTIL
from bot.render.digest_form import ACTION, About
from bot.render.digest_form import decode as decode_form
from bot.render.snooze_form import ACTION as SNOOZE_ACTION
from bot.render.snooze_form import FORM as SNOOZE_FORM
from bot.render.snooze_form import SnoozeAbout
from bot.render.snooze_form import decode as decode_snooze

#: What tells the buttons of one block apart, after what they do.
_NUMBER = re.compile(r"-\d+$")


class Surface(StrEnum):
    """How a question arrived."""

    COMMAND = "command"
    MENTION = "mention"
    DIRECT = "direct"
    BUTTON = "button"
    PAGE = "page"
    SHARE = "share"
    RATING = "rating"
    SHORTCUT = "shortcut"
    CHECK = "check"
    FORM = "form"
    ORDER = "order"
    HOME = "home"
    PROMPTS = "prompts"

    @property
    def is_button(self) -> bool:
        """Whether it is a click below an answer."""
        return self in (Surface.BUTTON, Surface.PAGE, Surface.SHARE, Surface.RATING, Surface.ORDER)

    @property
    def is_event(self) -> bool:
        """Whether Slack delivers it again when nobody acknowledges it."""
        return self in (Surface.MENTION, Surface.DIRECT)


_SURFACES = {
    PREVIOUS: Surface.PAGE,
    NEXT: Surface.PAGE,
    SHARE: Surface.SHARE,
    RATE: Surface.RATING,
    ORDER: Surface.ORDER,
}


class Submitted(Struct, frozen=True):
    """A form of settings that somebody saves: what it is about, and what its fields hold."""

    about: About
    values: Values

    @property
    def first_field(self) -> str:
        """Where it is said what concerns all of it."""
        return FIELDS[0]


class PutOff(Struct, frozen=True):
    """A form in which somebody puts a reminder off: what it is about, a day as in ``2026-12-24``, and why."""

    about: SnoozeAbout
    until: str
    reason: str

    @property
    def first_field(self) -> str:
        """Where it is said what concerns all of it."""
        return UNTIL


class Ask(Struct, frozen=True):
    """One question, whatever it arrived as.

    Args:
        keys: ids of the delivery and of what was said; seen again, it is not answered again.
        text: the words as Slack delivers them.
        teams: home of the asker as the payload names it; what Slack says of the user when asked counts more.
        workspaces: where the question was asked; the asker's home only where nobody from elsewhere can be.
        asked: what a button asks; None for typed words, and for a button of another version.
        rating: what a button thinks of an answer; None for anything else.
        chosen: the namespaces somebody has just chosen, and when as Slack says; None for anything else.
        is_shared: whether the payload says the channel is shared with other organisations; None: it does not say.
        thread_ts: the thread the answer belongs in.
        said_ts: the message that asks.
        message_ts: the message a button stands under; ephemeral ones cannot be addressed by it.
        form: what somebody saves; None for anything else.
        is_ephemeral: whether nobody but the asker sees the question: a command, or the message of a button.
        pasted: manifests to judge; None for anything else.
    """

    surface: Surface
    keys: tuple[str, ...]
    text: str
    user: str
    channel: str
    teams: frozenset[str] = frozenset()
    workspaces: frozenset[str] = frozenset()
    asked: Asked | None = None
    rating: Rating | None = None
    chosen: tuple[str, ...] | None = None
    chosen_at: str = ""
    is_direct: bool = False
    is_shared: bool | None = None
    thread_ts: str | None = None
    said_ts: str | None = None
    message_ts: str | None = None
    is_ephemeral: bool = True
    response_url: str | None = None
    form: Submitted | PutOff | None = None
    pasted: Pasted | None = None

    @property
    def trigger(self) -> str:
        """What opens a modal, for three seconds; empty where nothing does."""
        opens = (Surface.COMMAND, Surface.BUTTON, Surface.ORDER)
        return next(iter(self.keys), "") if self.surface in opens else ""

    @property
    def is_private(self) -> bool:
        """Whether only the asker will see the answer."""
        if self.is_direct:
            return True
        is_always = self.surface not in (Surface.MENTION, Surface.PAGE, Surface.SHARE)
        return is_always or (self.surface is Surface.PAGE and self.is_ephemeral)

    @property
    def is_posted(self) -> bool:
        """Whether the answer is posted where the question was asked: below a mention, in a conversation with the bot.

        A command can be typed in a direct conversation of two people, where the bot cannot post.
        """
        return self.surface is Surface.MENTION or (self.is_direct and not self.is_ephemeral)


def from_command(body: Mapping[str, Any]) -> Ask:
    """Return what a slash command asks."""
    channel = _text(body, "channel_id")
    return Ask(
        surface=Surface.COMMAND,
        keys=_keys(body.get("trigger_id")),
        text=_text(body, "text"),
        user=_text(body, "user_id"),
        channel=channel,
        workspaces=_ids(body.get("team_id"), body.get("enterprise_id")),
        is_direct=channel.startswith("D"),
        response_url=_text(body, "response_url") or None,
    )


def from_event(body: Mapping[str, Any]) -> Ask | None:
    """Return what a mention or a direct message asks; None for what no person said just now.

    Edits, deletions, joins and messages of bots arrive as the same event types.
    """
    event = _table(body, "event")
    user, channel, ts = _text(event, "user"), _text(event, "channel"), _text(event, "ts")
    is_said = event.get("subtype") in (None, "file_share", "thread_broadcast")
    if not is_said or event.get("bot_id") or not user or not channel:
        return None
    is_direct = channel.startswith("D")
    if event.get("type") == "message" and not is_direct:
        return None
    shared = body.get("is_ext_shared_channel")
    return Ask(
        surface=Surface.DIRECT if is_direct else Surface.MENTION,
        keys=_keys(body.get("event_id"), f"{channel}:{ts}" if ts else None),
        text=_text(event, "text"),
        user=user,
        channel=channel,
        # Between organisations ``user_team`` is the asker's, and ``team`` need not be.
        teams=_ids(event.get("user_team")) or _ids(event.get("team")),
        workspaces=_ids(body.get("team_id"), body.get("enterprise_id")),
        is_direct=is_direct,
        is_shared=shared if isinstance(shared, bool) else None,
        # In a channel the answer opens a thread; in a direct message it stays where the question is.
        thread_ts=_text(event, "thread_ts") or (None if is_direct else ts or None),
        said_ts=ts or None,
        is_ephemeral=False,
    )


def from_button(body: Mapping[str, Any]) -> Ask | None:
    """Return what a click asks; None for what asks nothing, such as a link that looks like a button."""
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], Mapping) else {}
    value = _text(action, "value") or _text(_table(action, "selected_option"), "value")
    if not action or (not value and action.get("type") == "button"):
        return None
    container, user, team = _table(body, "container"), _table(body, "user"), _table(body, "team")
    channel = _text(_table(body, "channel"), "id") or _text(container, "channel_id")
    name = _NUMBER.sub("", _text(action, "action_id"))
    # A click on the Home comes from no channel; the answer is a direct message.
    is_home = container.get("type") == "view"
    asked, rating = decode(value), decode_rating(value) if name == RATE else None
    return Ask(
        surface=_SURFACES.get(name, Surface.BUTTON),
        keys=_keys(body.get("trigger_id")),
        text=asked.words if asked else "",
        user=_text(user, "id"),
        channel=channel,
        teams=_ids(user.get("team_id")),
        workspaces=_ids(team.get("id"), team.get("enterprise_id")),
        asked=asked,
        rating=rating,
        is_direct=channel.startswith("D") or is_home,
        thread_ts=_text(container, "thread_ts") or None,
        message_ts=_text(container, "message_ts") or None,
        is_ephemeral=bool(container.get("is_ephemeral")) or is_home,
        response_url=_text(body, "response_url") or None,
    )


def from_home(body: Mapping[str, Any]) -> Ask | None:
    """Return what somebody who opens the bot's own page sees: its Home, or what to ask; None for another tab."""
    event = _table(body, "event")
    surface = {"home": Surface.HOME, "messages": Surface.PROMPTS}.get(_text(event, "tab"))
    if surface is None or not _text(event, "user"):
        return None
    return Ask(
        surface=surface,
        keys=_keys(body.get("event_id")),
        text="",
        user=_text(event, "user"),
        channel=_text(event, "channel"),
        workspaces=_ids(body.get("team_id"), body.get("enterprise_id")),
        is_direct=True,
    )


def from_choice(body: Mapping[str, Any]) -> Ask:
    """Return the Home of somebody who has just chosen namespaces there."""
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], Mapping) else {}
    options = action.get("selected_options")
    values = (
        (_text(item, "value") for item in options if isinstance(item, Mapping)) if isinstance(options, list) else ()
    )
    user, team = _table(body, "user"), _table(body, "team")
    return Ask(
        surface=Surface.HOME,
        keys=_keys(body.get("trigger_id")),
        text="",
        user=_text(user, "id"),
        channel="",
        teams=_ids(user.get("team_id")),
        workspaces=_ids(team.get("id"), team.get("enterprise_id")),
        chosen_at=_text(action, "action_ts"),
        chosen=tuple(dict.fromkeys(value for value in values if value))[:CHOSEN],
        is_direct=True,
    )


def from_form(body: Mapping[str, Any]) -> Ask | None:
    """Return what somebody saves; None for a form of another version of the app."""
    view, user, team = _table(body, "view"), _table(body, "user"), _table(body, "team")
    form = _put_off(view) if _text(view, "callback_id") == SNOOZE_FORM else _submitted(view)
    if form is None:
        return None
    return Ask(
        surface=Surface.FORM,
        keys=_keys(body.get("trigger_id")),
        text="",
        user=_text(user, "id"),
        channel=form.about.channel,
        teams=_ids(user.get("team_id")),
        workspaces=_ids(team.get("id"), team.get("enterprise_id")),
        asked=Asked("digest", form.about.language),
        is_direct=form.about.channel.startswith("D"),
        message_ts=(form.about.message_ts or None) if isinstance(form, PutOff) else None,
        form=form,
    )


def _submitted(view: Mapping[str, Any]) -> Submitted | None:
    about = decode_form(_text(view, "private_metadata"))
    fields = _fields(view, FIELDS, ACTION)
    return Submitted(about, fields) if about is not None else None


def _put_off(view: Mapping[str, Any]) -> PutOff | None:
    about = decode_snooze(_text(view, "private_metadata"))
    until, reason = (next(iter(held), "") for held in _fields(view, SNOOZE_FIELDS, SNOOZE_ACTION).values())
    return PutOff(about, until, reason) if about is not None else None


def _fields(view: Mapping[str, Any], names: Sequence[str], action: str) -> dict[str, tuple[str, ...]]:
    state = _table(_table(view, "state"), "values")
    return {name: _held(_table(_table(state, name), f"{action}{name}")) for name in names}


def from_typing(body: Mapping[str, Any]) -> Ask:
    """Return who types into a menu of a form, and what is about to be chosen there."""
    user, team = _table(body, "user"), _table(body, "team")
    return Ask(
        surface=Surface.FORM,
        keys=(),
        text=_text(body, "value"),
        user=_text(user, "id"),
        channel="",
        teams=_ids(user.get("team_id")),
        workspaces=_ids(team.get("id"), team.get("enterprise_id")),
        is_direct=True,
    )


def _held(field: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a field of a form holds: chosen options, a time of day, a day, or what was written."""
    options = field.get("selected_options")
    if isinstance(options, list):
        values = (_text(item, "value") for item in options if isinstance(item, Mapping))
        return tuple(dict.fromkeys(value for value in values if value))
    option = _text(_table(field, "selected_option"), "value")
    found = option or _text(field, "selected_time") or _text(field, "selected_date") or _text(field, "value")
    return (found,) if found else ()


def from_shortcut(body: Mapping[str, Any]) -> Ask:
    """Return what somebody asks of a message: its words, shown to them alone."""
    message, user, team = _table(body, "message"), _table(body, "user"), _table(body, "team")
    channel = _text(_table(body, "channel"), "id")
    return Ask(
        surface=Surface.SHORTCUT,
        keys=_keys(body.get("trigger_id")),
        text=_text(message, "text") or _attached(message),
        user=_text(user, "id"),
        channel=channel,
        teams=_ids(user.get("team_id")),
        workspaces=_ids(team.get("id"), team.get("enterprise_id")),
        is_direct=channel.startswith("D"),
        thread_ts=_text(message, "thread_ts") or None,
        response_url=_text(body, "response_url") or None,
    )


def _attached(message: Mapping[str, Any]) -> str:
    """Return what monitoring and other bots say in attachments, having left the text empty."""
    attachments = message.get("attachments")
    found = (item for item in attachments if isinstance(item, Mapping)) if isinstance(attachments, list) else ()
    texts = (_text(item, "text") or _text(item, "fallback") for item in found)
    return next((text for text in texts if text), "")


def _table(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = values.get(key)
    return value if isinstance(value, Mapping) else {}


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _ids(*values: Any) -> frozenset[str]:
    return frozenset(value for value in values if isinstance(value, str) and value)


def _keys(*values: Any) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str) and value)
