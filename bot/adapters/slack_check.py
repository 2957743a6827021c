"""What Slack says of the bot's tokens, scopes, channels, admins and clock.

It asks only what changes nothing: ``apps.connections.open`` hands out an address, and takes up none of the ten
connections of an app until somebody connects to it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk import WebClient

from bot.adapters.slack_web import OUT_OF_ORDER, Identity, call, identify
from bot.core.slack_app import APP_PREFIX, BOT_PREFIX, SlackApp, app_token_problem, bot_token_problem
from bot.core.slack_report import Item, Mark, SlackReport
from bot.errors import SlackError, SlackRefusedError

#: Slack's requests are refused when their time and ours differ by more than 300 seconds; warn well before.
MAX_SKEW_SECONDS = 60

#: Refusals that tell nothing of what was asked: Slack is out of order, or too busy.
_UNDECIDED = OUT_OF_ORDER | {"ratelimited"}


@dataclass(frozen=True, slots=True)
class Setup:
    """What the settings say.

    Args:
        bot_token: None: forgotten, while something else of Slack is set.
        app_token: None in HTTP mode.
        has_secret: whether there is a signing secret.
        channels: ids of channels the bot is to answer in.
        admins: ids of users and user groups.
    """

    bot_token: str | None = field(repr=False)
    app_token: str | None = field(repr=False)
    has_secret: bool
    channels: tuple[str, ...]
    admins: tuple[str, ...]

    @property
    def has_admin_groups(self) -> bool:
        """Whether a user group is among the admins."""
        return any(admin.startswith("S") for admin in self.admins)


def check(
    web: WebClient, bare: WebClient, setup: Setup, slack_app: SlackApp, clock: Callable[[], datetime]
) -> SlackReport:
    """Return the report; an error of Slack becomes an item, never an exception.

    Args:
        web: client with the bot token.
        bare: client without a token, for the app token.
        clock: returns the machine's time.
    """
    if not setup.bot_token:
        return SlackReport((Item("bot-token-unset", Mark.WRONG),), is_answered=True, is_refused=True)
    problem = bot_token_problem(setup.bot_token)
    app_problem = app_token_problem(setup.app_token) if setup.app_token else None
    if (problem, app_problem) == ("app", "bot"):
        return SlackReport((Item("tokens-swapped", Mark.WRONG),), is_answered=True, is_refused=True)
    bot, identity = _bot_token(web, problem)
    now = clock()  # right after Slack answered; the requests below may take their time
    mode = _app_token(bare, setup.app_token, app_problem) if setup.app_token else _without_app_token(setup)
    items = [bot, mode]
    if identity is not None:
        items += _scopes(identity, slack_app, setup)
        items += (_channel(web, channel) for channel in setup.channels)
        items += (_admin(web, admin) for admin in setup.admins)
        items.append(_clock(identity, now))
    asked = items[:2] if setup.app_token else items[:1]
    return SlackReport(
        tuple(items),
        is_answered=any(item.mark is not Mark.UNKNOWN for item in asked),
        is_refused=any(item.is_refusal for item in items),
    )


def _bot_token(web: WebClient, problem: str | None) -> tuple[Item, Identity | None]:
    if problem is not None:  # what is plainly no bot token is not sent anywhere
        return _no_token("bot-token", problem, "SLACK_BOT_TOKEN", BOT_PREFIX), None
    try:
        identity = identify(web)
    except SlackError as error:
        return _failed("bot-token", error), None
    return Item("bot-token", Mark.FINE, {"team": identity.team_name, "bot": identity.bot_user}), identity


def _app_token(bare: WebClient, app_token: str, problem: str | None) -> Item:
    if problem is not None:
        return _no_token("app-token", problem, "SLACK_APP_TOKEN", APP_PREFIX)
    try:
        call("apps.connections.open", lambda: bare.apps_connections_open(app_token=app_token))
    except SlackError as error:
        return _failed("app-token", error)
    return Item("app-token", Mark.FINE)


def _without_app_token(setup: Setup) -> Item:
    return Item("http-mode", Mark.FINE) if setup.has_secret else Item("no-mode", Mark.WRONG, is_refusal=True)


def _no_token(key: str, problem: str, variable: str, prefix: str) -> Item:
    if problem in ("broken", "shape"):
        return Item(f"token-{problem}", Mark.WRONG, {"variable": variable, "prefix": prefix}, is_refusal=True)
    return Item(f"{key}-is-{problem}", Mark.WRONG, is_refusal=True)


def _scopes(identity: Identity, slack_app: SlackApp, setup: Setup) -> Iterator[Item]:
    if not identity.scopes:
        yield Item("scopes-unknown", Mark.UNKNOWN)
        return
    needed = slack_app.needed(has_admin_groups=setup.has_admin_groups)
    missing = [scope.name for scope in needed if scope.name not in identity.scopes]
    if not missing:
        yield Item("scopes", Mark.FINE, {"n": len(needed)})
    for name in missing:
        yield Item("scope-missing", Mark.WRONG, {"scope": name})
    yield _history(identity, slack_app)
    files = slack_app.files.name
    yield Item("files" if files in identity.scopes else "files-none", Mark.FINE, {"scopes": files})
    extra = sorted(identity.scopes - {scope.name for scope in slack_app.scopes})
    if extra:
        yield Item("scopes-extra", Mark.FINE, {"scopes": ", ".join(extra)})


def _history(identity: Identity, slack_app: SlackApp) -> Item:
    """Return whether a post of which nobody knows whether Slack took it can be looked for; nobody has to grant that."""
    wanted = [scope.name for scope in slack_app.history]
    missing = [name for name in wanted if name not in identity.scopes]
    key = "history-none" if missing == wanted else "history-part" if missing else "history"
    return Item(key, Mark.FINE, {"scopes": ", ".join(missing or wanted)})


def _channel(web: WebClient, channel: str) -> Item:
    if channel.startswith("D"):  # who may ask in direct messages is decided by user, never by channel
        return Item("channel-direct", Mark.WRONG, {"channel": channel})
    try:
        response = call("conversations.info", lambda: web.conversations_info(channel=channel))
    except SlackError as error:
        return _failed("channel", error, channel=channel)
    data: dict[str, Any] = response.get("channel") or {}
    name = f"#{data['name']} ({channel})" if data.get("name") else channel
    if data.get("is_archived"):
        return Item("channel-archived", Mark.WRONG, {"channel": name})
    if not data.get("is_member"):
        return Item("channel-not-member", Mark.WRONG, {"channel": name})
    is_shared = data.get("is_ext_shared") or data.get("is_pending_ext_shared")
    return Item("channel-shared" if is_shared else "channel", Mark.FINE, {"channel": name})


def _admin(web: WebClient, admin: str) -> Item:
    try:
        if admin.startswith("S"):
            response = call("usergroups.users.list", lambda: web.usergroups_users_list(usergroup=admin))
            n = len(response.get("users") or ())
            return Item("admin-group", Mark.FINE, {"admin": admin, "n": n}) if n else _empty(admin)
        response = call("users.info", lambda: web.users_info(user=admin))
    except SlackError as error:
        return _failed("admin", error, admin=admin)
    data: dict[str, Any] = response.get("user") or {}
    name = f"{data['name']} ({admin})" if data.get("name") else admin
    if data.get("deleted"):
        return Item("admin-deactivated", Mark.WRONG, {"admin": name})
    return Item("admin", Mark.FINE, {"admin": name})


def _empty(group: str) -> Item:
    return Item("admin-group-empty", Mark.WRONG, {"admin": group})


def _clock(identity: Identity, now: datetime) -> Item:
    try:
        skew = round((now - parsedate_to_datetime(identity.date)).total_seconds())
    except (ValueError, TypeError):
        return Item("clock-unknown", Mark.UNKNOWN)
    is_fine = abs(skew) <= MAX_SKEW_SECONDS
    return Item("clock" if is_fine else "clock-wrong", Mark.FINE if is_fine else Mark.WRONG, {"n": abs(skew)})


def _failed(key: str, error: SlackError, **values: str) -> Item:
    if not isinstance(error, SlackRefusedError) or error.code in _UNDECIDED:
        return Item(f"{key}-unknown", Mark.UNKNOWN, values)
    if error.code == "missing_scope" and key != "bot-token":
        needed = str(error.values.get("needed") or "")
        # An item of its own says that a scope of the bot is missing; here it only keeps something from being looked at.
        mark = Mark.WRONG if key == "app-token" else Mark.UNKNOWN
        return Item(f"{key}-scope", mark, {"needed": needed, **values})
    return Item(f"{key}-refused", Mark.WRONG, {"code": error.code, **values}, is_refusal=key.endswith("-token"))
