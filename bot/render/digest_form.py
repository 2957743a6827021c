"""The settings of a subscription as a modal of Slack: plain dicts that keep every limit, and its other faces."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from bot.core.buttons import Asked
from bot.core.forms import FIELDS, FLAGS, MOST_OWNERS, values_of
from bot.core.subscription_words import DAYS, MOST_NAMESPACES
from bot.core.subscriptions import LEADS, ScopeKind, Subscription
from bot.render.blocks import Block, to_message
from bot.render.document import Document, visible
from bot.render.limits import (
    HINT_CHARS,
    LABEL_CHARS,
    METADATA_CHARS,
    OPTION_CHARS,
    OPTION_VALUE_CHARS,
    OPTIONS,
    TITLE_CHARS,
)
from bot.render.messages import Catalogue
from bot.render.text import plain

View = dict[str, Any]

#: ``callback_id`` of the form, and ``action_id`` of each of its fields: this and the field's name.
FORM = "digest-form"
ACTION = "digest-"

#: Fields whose choices the bot is asked for while somebody types.
ASKED = ("zone", "namespaces", "owners")

#: Longest text of the two fields that are written into.
WRITTEN_CHARS = 100

_CHANNEL = re.compile(r"[CG][A-Z0-9]+")


class About(Struct, frozen=True):
    """What a form is about, as it comes back with it.

    Args:
        channel: Slack id.
        version: of the row it shows; 0: there was none.
        language: of the form.
    """

    channel: str
    version: int
    language: str


def to_form(subscription: Subscription, about: About, catalogue: Catalogue) -> View:
    """Return the form with the settings of a subscription."""
    values = values_of(subscription)
    makers: Mapping[str, Callable[[], Block]] = {
        "days": lambda: _boxes("days", [(str(n), f"weekday.{day}") for n, day in enumerate(DAYS)], values, catalogue),
        "at": lambda: {"type": "timepicker", "initial_time": values["at"][0]},
        "zone": lambda: _asked("zone", values, 0),
        "language": lambda: _radio("language", [(x, f"order.language-{x}") for x in ("en", "ko")], values, catalogue),
        "scope": lambda: _radio("scope", [(str(x), f"form.scope-{x}") for x in ScopeKind], values, catalogue),
        "namespaces": lambda: _asked("namespaces", values, MOST_NAMESPACES),
        "owners": lambda: _asked("owners", values, MOST_OWNERS),
        "leads": lambda: _leads(values["leads"], catalogue),
        "more": lambda: _written("more", values, catalogue),
        "quiet": lambda: _written("quiet", values, catalogue),
        "flags": lambda: _boxes("flags", [(flag, f"form.flag-{flag}") for flag in FLAGS], values, catalogue),
    }
    blocks = [_field(name, {**makers[name](), "action_id": f"{ACTION}{name}"}, catalogue) for name in FIELDS]
    where = [section(_where(about.channel, catalogue))]
    return {
        **frame(catalogue),
        "callback_id": FORM,
        "private_metadata": encode(about),
        "submit": plain_text(plain(catalogue.say("form.submit")), TITLE_CHARS),
        "blocks": [*where, *blocks],
    }


def loading(catalogue: Catalogue, title: str = "form.title") -> View:
    """Return what is shown until the form is there."""
    return {**frame(catalogue, title), "blocks": [section(plain(catalogue.say("form.loading")))]}


def instead(document: Document, catalogue: Catalogue, again: str, command: str) -> View:
    """Return a message in place of the form."""

    message = to_message(document, catalogue, Asked(again, catalogue.language), command=command)
    shown = [block for block in message.blocks if block["type"] not in ("actions", "context_actions")]
    return {**frame(catalogue), "blocks": shown}


def options(names: Iterable[str]) -> list[Block]:
    """Return names as the choices of a menu, as many as it takes."""
    found = [name for name in names if 0 < len(name) <= OPTION_VALUE_CHARS]
    return [_option(name, visible(name, OPTION_CHARS)) for name in found[:OPTIONS]]


def encode(about: About) -> str:
    """Return what comes back with the form."""
    text = json.dumps({"c": about.channel, "v": about.version, "l": about.language}, separators=(",", ":"))
    return text[:METADATA_CHARS]


def decode(text: str) -> About | None:
    """Return what a form is about, None for one of another version of the app."""
    try:
        data = json.loads(text)
        about = About(data["c"], data["v"], data["l"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    is_valid = isinstance(about.channel, str) and type(about.version) is int and about.language in ("en", "ko")
    return about if is_valid else None


def frame(catalogue: Catalogue, title: str = "form.title") -> View:
    """Return a modal without blocks. ``title``: an entry of the catalogue."""
    return {
        "type": "modal",
        "title": plain_text(plain(catalogue.say(title)), TITLE_CHARS),
        "close": plain_text(plain(catalogue.say("form.close")), TITLE_CHARS),
    }


def _where(channel: str, catalogue: Catalogue) -> str:
    """Return which channel it is about; its id is Slack's own, and shown as its name by Slack."""
    key = "form.where" if _CHANNEL.fullmatch(channel) else "form.where-direct"
    return plain(catalogue.say(key)).replace("%", f"<#{channel}>")


def _field(name: str, element: Block, catalogue: Catalogue) -> Block:
    is_optional = name not in ("at", "zone", "language", "scope")
    return {**field(name, element, catalogue, f"form.{name}"), "optional": is_optional}


def field(name: str, element: Block, catalogue: Catalogue, key: str, day: date | None = None) -> Block:
    """Return a field that has to be filled in. ``key``: the entry of its label; ``day``: for its hint."""
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain_text(plain(catalogue.say(key)), LABEL_CHARS),
        "element": element,
        "optional": False,
    }
    if catalogue.has(f"{key}-hint"):
        values = {"date": day} if day is not None else {}
        block["hint"] = plain_text(plain(catalogue.say(f"{key}-hint", **values)), HINT_CHARS)
    return block


def _boxes(name: str, choices: Sequence[tuple[str, str]], values: Mapping[str, Any], catalogue: Catalogue) -> Block:
    made = [_option(value, plain(catalogue.say(key))) for value, key in choices]
    ticked = [option for option in made if option["value"] in values[name]]
    return {"type": "checkboxes", "options": made, **({"initial_options": ticked} if ticked else {})}


def _radio(name: str, choices: Sequence[tuple[str, str]], values: Mapping[str, Any], catalogue: Catalogue) -> Block:
    made = [_option(value, plain(catalogue.say(key))) for value, key in choices]
    chosen = next(option for option in made if option["value"] == values[name][0])
    return {"type": "radio_buttons", "options": made, "initial_option": chosen}


def _asked(name: str, values: Mapping[str, Any], most: int) -> Block:
    """Return a menu that asks the bot for its choices; of one choice where ``most`` is 0."""
    made = options(values[name])
    if not most:
        return {"type": "external_select", "min_query_length": 0, "initial_option": made[0]}
    menu: Block = {"type": "multi_external_select", "min_query_length": 0, "max_selected_items": most}
    return {**menu, "initial_options": made[:most]} if made else menu


def _leads(chosen: Sequence[str], catalogue: Catalogue) -> Block:
    made = [_option(str(lead), plain(catalogue.say("form.lead", n=lead))) for lead in LEADS]
    ticked = [option for option in made if option["value"] in chosen]
    return {"type": "multi_static_select", "options": made, **({"initial_options": ticked} if ticked else {})}


def _written(name: str, values: Mapping[str, Any], catalogue: Catalogue) -> Block:
    element: Block = {"type": "plain_text_input", "max_length": WRITTEN_CHARS}
    element["placeholder"] = plain_text(plain(catalogue.say(f"form.{name}-example")), WRITTEN_CHARS)
    return {**element, "initial_value": values[name][0]} if values[name][0] else element


def _option(value: str, text: str) -> Block:
    return {"text": plain_text(text, OPTION_CHARS), "value": value}


def section(text: str) -> Block:
    """Return a section of mrkdwn that was made harmless."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def plain_text(text: str, limit: int) -> Block:
    """Return text that is no markup."""
    return {"type": "plain_text", "text": visible(text, limit), "emoji": False}
