"""Who may ask, and where: a pure decision over what Slack told of the asker and the channel."""

from enum import StrEnum

from msgspec import Struct


class Refusal(StrEnum):
    """Why a question is not answered; each is an entry ``refused.<reason>`` of the message catalogue."""

    TEAM = "team"
    TEAM_UNKNOWN = "team-unknown"
    SHARED = "shared"
    SHARED_UNKNOWN = "shared-unknown"
    CHANNEL = "channel"
    DIRECT = "direct"
    USER = "user"


class Asker(Struct, frozen=True):
    """A Slack user. ``teams``: ids of the home workspace and its organisation, empty when Slack does not tell."""

    user: str
    teams: frozenset[str]


class Place(Struct, frozen=True):
    """Where a question was asked.

    Args:
        is_direct: a conversation with the bot alone.
        is_shared: whether people of other organisations are in the channel; None: not known.
        is_private_answer: only the asker will see the answer.
    """

    channel: str
    is_direct: bool
    is_shared: bool | None
    is_private_answer: bool


class Policy(Struct, frozen=True):
    """Who may ask: an empty set restricts nothing, but for teams, where it means the bot's own.

    Args:
        own_teams: the workspace (and organisation) the bot is installed in.
        admins: users and user groups who may change dates and exceptions; empty: nobody.
    """

    own_teams: frozenset[str]
    teams: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()

    def refusal(self, asker: Asker, place: Place) -> Refusal | None:
        """Return why this asker gets no answer in this place, None when they do.

        What is not known counts against the asker, except where only the asker will read the answer.
        """
        if not asker.teams:
            return Refusal.TEAM_UNKNOWN
        if not asker.teams & (self.own_teams | self.teams):
            return Refusal.TEAM
        if self.users and asker.user not in self.users:
            return Refusal.USER
        is_listed = place.channel in self.channels
        if place.is_direct:
            # A list of channels means "only there", unless the user is listed as well.
            return Refusal.DIRECT if self.channels and asker.user not in self.users else None
        if self.channels and not is_listed:
            return Refusal.CHANNEL
        if is_listed or place.is_shared is False:
            return None
        if place.is_shared:
            return Refusal.SHARED
        return None if place.is_private_answer else Refusal.SHARED_UNKNOWN

    def can_share(self, place: Place) -> bool:
        """Return whether an answer may be shown to everybody in the place."""
        if place.is_direct:
            return False
        return place.channel in self.channels or (place.is_shared is False and not self.channels)

    def is_admin(self, user: str, groups: frozenset[str] = frozenset()) -> bool:
        """Return whether a user, or one of the user groups they are in, is named as admin."""
        return bool(self.admins & ({user} | groups))
