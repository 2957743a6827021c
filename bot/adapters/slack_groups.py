"""Who is in a channel and in a user group, as Slack tells; what it does not tell is None, never no."""

import threading
from functools import partial

from cachetools import TTLCache
from slack_sdk import WebClient

from bot.adapters.slack_web import SlackMeter, call
from bot.errors import SlackError

#: How long the members of a user group are believed: whoever was taken out must not change dates for long.
REMEMBER_SECONDS = 60
REMEMBER_ENTRIES = 100

#: Members asked for at once, and pages at most: a channel of more is not looked through.
PAGE, PAGES = 1000, 20


class Groups:
    """Asks Slack about members. Safe to use from several threads."""

    def __init__(self, client: WebClient, meter: SlackMeter) -> None:
        self._client = client
        self._meter = meter
        self._lock = threading.Lock()
        self._members: TTLCache[str, frozenset[str]] = TTLCache(REMEMBER_ENTRIES, REMEMBER_SECONDS)

    def is_in_channel(self, channel: str, user: str) -> bool | None:
        """Return whether a user is in a channel now, None when Slack does not tell."""
        cursor = ""
        for _ in range(PAGES):
            try:
                ask = partial(self._client.conversations_members, channel=channel, limit=PAGE, cursor=cursor or None)
                response = call("conversations.members", ask, self._meter)
            except SlackError:
                return None
            if user in (response.get("members") or ()):
                return True
            cursor = str((response.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return False
        return None

    def is_in_group(self, group: str, user: str) -> bool | None:
        """Return whether a user is in a user group, None when Slack does not tell."""
        with self._lock:
            known = self._members.get(group)
        if known is None:
            try:
                response = call(
                    "usergroups.users.list", lambda: self._client.usergroups_users_list(usergroup=group), self._meter
                )
            except SlackError:
                return None
            known = frozenset(str(member) for member in response.get("users") or ())
            with self._lock:
                self._members[group] = known
        return user in known
