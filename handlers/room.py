"""Who orders something, and whether it is theirs to order."""

from dataclasses import dataclass

from bot.core.access import Asker, Place, Policy
from bot.core.kept import Actor
from bot.render.document import Document
from bot.render.messages import Catalogue
from bot.render.views import notice, orders
from handlers.asks import Ask, Surface
from handlers.ports import Directory, Groups, Messenger


class RefusedError(Exception):
    """An order is not followed. ``document``: why; ``outcome``: for the log."""

    def __init__(self, document: Document, outcome: str = "refused") -> None:
        super().__init__(outcome)
        self.document = document
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who orders something, with what is known of them. ``teams``: their home."""

    ask: Ask
    language: str
    teams: frozenset[str]
    zone: str = ""

    @property
    def actor(self) -> Actor:
        """Who is kept as having done it, and where."""
        return Actor(self.ask.user, self.ask.channel)


class Room:
    """Whether a channel's digests are somebody's to change, and who may change dates and exceptions."""

    def __init__(self, policy: Policy, directory: Directory, groups: Groups, messenger: Messenger) -> None:
        self._policy = policy
        self._directory = directory
        self._groups = groups
        self._messenger = messenger

    def check(self, asking: Asking, catalogue: Catalogue) -> None:
        """Raises: RefusedError: it is not theirs, the bot cannot post there, or others than we may know read it."""
        ask = asking.ask
        if ask.is_direct:
            # A command can be typed in a conversation of two people, where the bot cannot post.
            is_ours = ask.surface is Surface.DIRECT or self._messenger.direct_channel(ask.user) == ask.channel
            if not is_ours:
                raise RefusedError(orders.told("not-ours", catalogue))
            return
        facts = self._directory.channel(ask.channel, is_fresh=True)
        if facts is None or not facts.is_member:
            raise RefusedError(orders.told("invite" if facts else "not-seen", catalogue))
        # What is posted later is read by everybody there.
        place = Place(ask.channel, is_direct=False, is_shared=facts.is_shared, is_private_answer=False)
        if refusal := self._policy.refusal(Asker(ask.user, asking.teams), place):
            raise RefusedError(notice.refused(refusal, catalogue))
        if ask.surface is Surface.FORM:
            is_in = self._groups.is_in_channel(ask.channel, ask.user)
            if not is_in:
                raise RefusedError(orders.told("not-in" if is_in is False else "in-unknown", catalogue))

    def check_admin(self, user: str, catalogue: Catalogue) -> None:
        """Raises: RefusedError: the user may change neither dates nor exceptions, or Slack does not tell whether."""
        admins = self._policy.admins
        if not admins:
            raise RefusedError(orders.told("no-admins", catalogue))
        if self._policy.is_admin(user):
            return
        groups = sorted(name for name in admins if name.startswith("S"))
        answers = {group: self._groups.is_in_group(group, user) for group in groups}
        if self._policy.is_admin(user, frozenset(group for group, is_in in answers.items() if is_in)):
            return
        key = "admins-unknown" if None in answers.values() else "not-admin"
        raise RefusedError(orders.told(key, catalogue))
