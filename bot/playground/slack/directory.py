"""The methods that tell of users, channels and groups, and auth.test."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.playground.slack.state import Body, Params, RefusedError, State, flag, page, text
from bot.playground.slack.workspace import BOT, BOT_USER, TEAM, Channel, User


def api_test(state: State, params: Params) -> Body:
    """api.test: also fails on demand."""
    if params.get("error"):
        raise RefusedError(str(params["error"]))
    return {"args": params} if params else {}


def auth_test(state: State, params: Params) -> Body:
    """auth.test."""
    return {
        "url": state.root() + "/",
        "team": "Playground",
        "team_id": TEAM,
        "user": "runtime",
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def open_connection(state: State, params: Params) -> Body:
    """apps.connections.open."""
    return {"url": state.open_socket()}


def channel_info(state: State, params: Params) -> Body:
    """conversations.info."""
    channel = state.visible(text(params, "channel"))
    state.need(_scope(channel))
    return {"channel": _channel(channel)}


def open_direct(state: State, params: Params) -> Body:
    """conversations.open, for one user or for a channel id that is known already."""
    if params.get("channel"):
        return {"channel": {"id": state.visible(str(params["channel"])).id}}
    if not params.get("users"):
        raise RefusedError("users_list_not_supplied")
    channel = state.direct(str(params["users"]))
    return {"channel": _channel(channel) if flag(params, "return_im") else {"id": channel.id}}


def channel_members(state: State, params: Params) -> Body:
    """conversations.members."""
    channel = state.visible(text(params, "channel"))
    state.need(_scope(channel))
    members, cursor = page(sorted(channel.members), params)
    return {"members": members, "response_metadata": {"next_cursor": cursor}}


def own_channels(state: State, params: Params) -> Body:
    """users.conversations of the bot."""
    kinds = str(params.get("types") or "public_channel").split(",")
    for kind, scope in (("public_channel", "channels:read"), ("private_channel", "groups:read"), ("im", "im:read")):
        if kind in kinds:
            state.need(scope)
    found = [
        _channel(channel)
        for channel in state.workspace.channels.values()
        if kind_of(channel) in kinds
        and BOT_USER in channel.members
        and not (channel.is_archived and flag(params, "exclude_archived"))
    ]
    channels, cursor = page(found, params)
    return {"channels": channels, "response_metadata": {"next_cursor": cursor}}


def user_info(state: State, params: Params) -> Body:
    """users.info; the locale only with ``include_locale``."""
    wanted = text(params, "user")
    if wanted == BOT_USER:
        return {"user": {"id": BOT_USER, "team_id": TEAM, "name": "runtime", "is_bot": True}}
    user = state.workspace.users.get(wanted)
    if user is None:
        raise RefusedError("user_not_found")
    return {"user": _user(state, user, has_locale=flag(params, "include_locale"))}


def group_users(state: State, params: Params) -> Body:
    """usergroups.users.list."""
    users = state.workspace.groups.get(text(params, "usergroup"))
    if users is None:
        raise RefusedError("no_such_subteam")
    return {"users": users}


def _user(state: State, user: User, *, has_locale: bool) -> Body:
    now = datetime.fromtimestamp(state.workspace.clock(), ZoneInfo(user.tz))
    shown: Body = {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "real_name": user.name.title(),
        "deleted": False,
        "is_bot": False,
        "is_admin": False,
        "is_app_user": False,
        "tz": user.tz,
        "tz_offset": int((now.utcoffset() or timedelta()).total_seconds()),
        "profile": {"real_name": user.name.title(), "display_name": user.name, "team": user.team},
    }
    if user.team != TEAM:
        shown["is_stranger"] = True
    if has_locale:
        shown["locale"] = user.locale
    return shown


def kind_of(channel: Channel) -> str:
    """Return ``im``, ``private_channel`` or ``public_channel``."""
    return "im" if channel.im_user else "private_channel" if channel.is_private else "public_channel"


def _scope(channel: Channel) -> str:
    return {"im": "im:read", "private_channel": "groups:read", "public_channel": "channels:read"}[kind_of(channel)]


def _channel(channel: Channel) -> Body:
    if channel.im_user:
        return {"id": channel.id, "is_im": True, "user": channel.im_user, "is_archived": False, "context_team_id": TEAM}
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_member": BOT_USER in channel.members,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_pending_ext_shared": False,
        "is_general": channel.name == "general",
        "context_team_id": TEAM,
        "num_members": len(channel.members),
    }
