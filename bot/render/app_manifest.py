"""What the Slack app asks for as a manifest: YAML with the reason of every scope. Needs no library for YAML."""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from bot.core.buttons import CHECK, PROMPTS, SHORTCUT
from bot.core.slack_app import Scope, SlackApp
from bot.render.document import Text
from bot.render.messages import Catalogue
from bot.render.text import plain

#: Limits of Slack's manifest schema (slackapi/manifest-schema @c50cfa8, manifest.schema.2.0.0.json).
NAME_CHARS = 35
BOT_NAME_CHARS = 80

#: Columns of a comment; a Korean character takes two of them.
COMMENT_CHARS = {"en": 110, "ko": 66}

_NOT_IN_BOT_NAME = re.compile(r"[^a-z0-9._-]+")

#: Legal inside quotes in JSON, but not in YAML, where some of them end a line or are no text.
_NOT_PLAIN = re.compile("[\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


class Options(Struct, frozen=True):
    """What an installation chooses.

    Args:
        command: the slash command.
        name: of the app; None: as it is shipped.
        url: root of the bot's HTTP server as Slack reaches it; None: Socket Mode.
        has_history: whether the bot may find its posts again in channels, for which it asks to read them.
        has_files: whether the bot may read manifests attached to messages.
    """

    command: str
    name: str | None = None
    url: str | None = None
    has_history: bool = False
    has_files: bool = False


class Noted(Struct, frozen=True):
    """A value with a comment above it."""

    value: "Value"
    note: str


Value = str | bool | int | Mapping[str, "Value | Noted"] | Sequence["Value | Noted"]


def compose(app: SlackApp, options: Options, catalogue: Catalogue) -> str:
    """Return the manifest, its comments and texts in the catalogue's language."""
    width = COMMENT_CHARS[catalogue.language]
    how = "manifest.how-socket" if options.url is None else "manifest.how-http"
    head = "\n".join(_comment(plain(catalogue.say(how)), "", width))
    return "".join(f"{line}\n" for line in (head, *_lines(_manifest(app, options, catalogue), 0, width)))


def _manifest(app: SlackApp, options: Options, catalogue: Catalogue) -> Mapping[str, Value | Noted]:
    name, texts = options.name or app.name, app.texts[catalogue.language]
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": name,
            "description": texts["description"],
            "long_description": texts["long_description"],
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                # Direct messages are questions, too.
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": _bot_name(name) or app.bot_name, "always_online": True},
            "slash_commands": [_command(app, options, texts)],
            "shortcuts": [_shortcut(texts, "shortcut", SHORTCUT), _shortcut(texts, "check", CHECK)],
            "agent_view": Noted(_agent(texts, catalogue), plain(catalogue.say("manifest.agent"))),
        },
        "oauth_config": {"scopes": _scopes(app, options, catalogue)},
        "settings": _settings(app, options, catalogue),
    }


def _command(app: SlackApp, options: Options, texts: Mapping[str, str]) -> dict[str, Value | Noted]:
    return {
        "command": options.command,
        **_at(app, options, "url"),
        "description": texts["command"],
        "usage_hint": texts["usage_hint"],
        # Mentions in a question stay as they were typed: the bot looks nobody up.
        "should_escape": False,
    }


def _shortcut(texts: Mapping[str, str], key: str, callback: str) -> dict[str, Value | Noted]:
    description = texts[f"{key}_description"]
    return {"name": texts[key], "type": "message", "callback_id": callback, "description": description}


def _agent(texts: Mapping[str, str], catalogue: Catalogue) -> dict[str, Value | Noted]:
    prompts = [
        {"title": plain(catalogue.say(f"agent.prompt-{n}")), "message": plain(catalogue.say(f"agent.prompt-{n}-asks"))}
        for n in range(1, PROMPTS + 1)
    ]
    return {"agent_description": texts["agent"], "suggested_prompts": prompts}


def _scopes(app: SlackApp, options: Options, catalogue: Catalogue) -> Mapping[str, Value | Noted]:
    asked = app.asked(has_history=options.has_history, has_files=options.has_files)
    bot = [Noted(scope.name, _why(scope, catalogue)) for scope in asked]
    optional = [scope.name for scope in asked if scope.is_optional]
    note = plain(catalogue.say("manifest.optional"))
    if not options.has_history:
        public, private = (Text(scope.name) for scope in app.history)
        note += "\n" + plain(catalogue.say("manifest.no-history", public=public, private=private))
    if not options.has_files:
        note += "\n" + plain(catalogue.say("manifest.no-files", scope=Text(app.files.name)))
    # Slack takes an optional scope only when it stands in both lists (slackapi/slack-cli pull request 517).
    return {"bot": bot, "bot_optional": Noted(optional, note)}


def _settings(app: SlackApp, options: Options, catalogue: Catalogue) -> Mapping[str, Value | Noted]:
    is_socket: Value | Noted = options.url is None
    if options.url is None:
        is_socket = Noted(True, _socket(app, catalogue))
    return {
        "event_subscriptions": {**_at(app, options, "request_url"), "bot_events": list(app.events)},
        "interactivity": {
            "is_enabled": True,
            **_at(app, options, "request_url"),
            **_at(app, options, "message_menu_options_url"),
        },
        "org_deploy_enabled": False,
        "socket_mode_enabled": is_socket,
        # Rotated tokens expire after 12 hours, and the bot cannot renew them.
        "token_rotation_enabled": False,
    }


def _socket(app: SlackApp, catalogue: Catalogue) -> str:
    why = Text(_why(app.app_scope, catalogue))
    return plain(catalogue.say("manifest.socket", scope=Text(app.app_scope.name), why=why))


def _at(app: SlackApp, options: Options, key: str) -> dict[str, Value | Noted]:
    return {} if options.url is None else {key: options.url + app.path}


def _why(scope: Scope, catalogue: Catalogue) -> str:
    language = catalogue.language
    return plain(catalogue.say("manifest.scope", reason=Text(scope.reason(language)), loss=Text(scope.loss(language))))


def _bot_name(name: str) -> str:
    """Return the name as Slack lets a bot be called; empty when nothing of it is left."""
    return _NOT_IN_BOT_NAME.sub("-", name.lower())[:BOT_NAME_CHARS].strip("-._")


def _lines(value: Mapping[str, Value | Noted] | Sequence[Value | Noted], depth: int, width: int) -> Iterator[str]:
    """Yield a mapping or a list as lines of YAML."""
    pad = "  " * depth
    items = value.items() if isinstance(value, Mapping) else (("-", item) for item in value)
    for key, item in items:
        if depth == 0:
            yield ""
        if isinstance(item, Noted):
            yield from _comment(item.note, pad, width)
            item = item.value
        mark = "-" if key == "-" else f"{key}:"
        if isinstance(item, (str, bool, int)):
            yield f"{pad}{mark} {_scalar(item)}"
        elif mark == "-":
            first, *rest = _lines(item, depth + 1, width)
            yield f"{pad}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{pad}{mark}"
            yield from _lines(item, depth + 1, width)


def _comment(text: str, pad: str, width: int) -> list[str]:
    """Return a text as comments; what follows a numbered line is indented below it."""
    lines = []
    for line in text.splitlines():
        hang = "   " if line[:1].isdigit() else ""
        lines += textwrap.wrap(line, width - len(pad), subsequent_indent=hang, break_long_words=False)
    return [f"{pad}# {line}" for line in lines]


def _scalar(value: str | bool | int) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    # A JSON string is a quoted string of YAML, whatever it holds, but for the characters escaped here.
    return _NOT_PLAIN.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))
