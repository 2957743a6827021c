"""What Slack says of the bot's tokens, scopes, channels, admins and clock."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

from slack_sdk import WebClient

from bot.adapters.slack_web import Identity, call, identify
from bot.core.slack_app import SlackApp
from bot.core.slack_report import Item, Mark, SlackReport
from bot.errors import SlackError, SlackRefusedError

#: Slack's requests are refused when their time and ours differ by more than 300 seconds; warn well before.
MAX_SKEW_SECONDS = 60


def check(
    web: WebClient,
    bare: WebClient,
    app_token: str | None,
    *,
    slack_app: SlackApp,
    channels: Iterable[str],
    admins: Iterable[str],
    now: datetime,
) -> SlackReport:
    """Return the report; an error of Slack becomes an item, never an exception.

    Args:
        web: client with the bot token; bare: client without a token, for the app token.
        app_token: None in HTTP mode.
        channels: ids the bot has to be a member of.
        admins: ids of users and user groups.
        now: the machine's time.
    """
    items = [] if app_token is None else [_app_token(bare, app_token)]
    identity = None
    try:
        identity = identify(web)
    except SlackError as error:
        items.insert(0, _failed("bot-token", error))
    else:
        items.insert(0, Item("bot-token", Mark.FINE, {"team": identity.team_name, "bot": identity.bot_user}))
        if app_token is None:
            items.append(Item("http-mode", Mark.FINE))
        admins = tuple(admins)
        items += _scopes(identity, slack_app, has_groups=any(admin.startswith("S") for admin in admins))
        items += (_channel(web, channel) for channel in channels)
        items += (_admin(web, admin) for admin in admins)
        items.append(_clock(identity, now))
    return SlackReport(
        tuple(items),
        is_answered=any(item.mark is not Mark.UNKNOWN for item in items),
        is_refused=any(item.key.endswith("token-refused") for item in items),
    )


def _app_token(bare: WebClient, app_token: str) -> Item:
    try:
        call("apps.connections.open", lambda: bare.apps_connections_open(app_token=app_token))
    except SlackError as error:
        return _failed("app-token", error)
    return Item("app-token", Mark.FINE)


def _scopes(identity: Identity, slack_app: SlackApp, *, has_groups: bool) -> Iterator[Item]:
    if not identity.scopes:
        yield Item("scopes-unknown", Mark.UNKNOWN)
        return
    needed = [scope for scope in slack_app.scopes if not scope.is_optional or has_groups]
    missing = [scope.name for scope in needed if scope.name not in identity.scopes]
    if not missing:
        yield Item("scopes", Mark.FINE, {"n": len(needed)})
    for name in missing:
        yield Item("scope-missing", Mark.WRONG, {"scope": name})
    extra = sorted(identity.scopes - {scope.name for scope in slack_app.scopes})
    if extra:
        yield Item("scopes-extra", Mark.FINE, {"scopes": ", ".join(extra)})


def _channel(web: WebClient, channel: str) -> Item:
    try:
        response = call("conversations.info", lambda: web.conversations_info(channel=channel))
    except SlackError as error:
        return _failed("channel", error, channel=channel)
    data = response.get("channel") or {}
    name = str(data.get("name") or channel)
    if data.get("is_archived"):
        return Item("channel-archived", Mark.WRONG, {"channel": name})
    if not data.get("is_member"):
        return Item("channel-not-member", Mark.WRONG, {"channel": name})
    return Item("channel", Mark.FINE, {"channel": name})


def _admin(web: WebClient, admin: str) -> Item:
    try:
        if admin.startswith("S"):
            call("usergroups.users.list", lambda: web.usergroups_users_list(usergroup=admin))
        else:
            call("users.info", lambda: web.users_info(user=admin))
    except SlackError as error:
        return _failed("admin", error, admin=admin)
    return Item("admin", Mark.FINE, {"admin": admin})


def _clock(identity: Identity, now: datetime) -> Item:
    try:
        skew = round((now - parsedate_to_datetime(identity.date)).total_seconds())
    except (ValueError, TypeError):
        return Item("clock-unknown", Mark.UNKNOWN)
    is_fine = abs(skew) <= MAX_SKEW_SECONDS
    return Item("clock" if is_fine else "clock-wrong", Mark.FINE if is_fine else Mark.WRONG, {"n": abs(skew)})


def _failed(key: str, error: SlackError, **values: str) -> Item:
    if isinstance(error, SlackRefusedError):
        return Item(f"{key}-refused", Mark.WRONG, {"code": error.code, **values})
    return Item(f"{key}-unknown", Mark.UNKNOWN, values)
