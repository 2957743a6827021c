"""The subscriptions that the settings name: made at the first start, and never again once somebody turned them off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.core.kept import Actor
from bot.core.subscriptions import Scope, Subscription
from bot.errors import SlackError, SlackRefusedError, StoreError
from handlers.ports import Changes, Messenger

#: Slack's errors that mean: there is no such person to write to, and trying again is no use.
_NOBODY = ("user_not_found", "users_not_found", "user_not_visible", "user_disabled", "cannot_dm_bot")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Default:
    """A subscription of the settings. ``place``: Slack id of a channel or a person."""

    place: str
    scope: Scope
    zone: str
    language: str


class Defaults:
    """Makes what is missing."""

    def __init__(
        self, wanted: Sequence[Default], changes: Changes, messenger: Messenger, now: Callable[[], datetime]
    ) -> None:
        self._wanted = list(wanted)
        self._changes = changes
        self._messenger = messenger
        self._now = now

    def make(self) -> bool:
        """Make those that there never were; False while some have to be tried again. Raises nothing."""
        self._wanted = [default for default in self._wanted if not self._is_done(default)]
        return not self._wanted

    def _is_done(self, default: Default) -> bool:
        try:
            self._make(default)
        except (StoreError, SlackError) as error:
            is_lasting = isinstance(error, SlackRefusedError) and error.code in _NOBODY
            tell = _log.error if is_lasting else _log.warning
            tell("no subscription made", place=default.place, error=error.key, code=error.values.get("code"))
            return is_lasting
        return True

    def _make(self, default: Default) -> None:
        is_person = default.place.startswith(("U", "W"))
        channel = self._messenger.direct_channel(default.place) if is_person else default.place
        if self._changes.get(channel) is not None:
            return
        made = Subscription(channel, self._now(), zone=default.zone, language=default.language, scope=default.scope)
        if self._changes.put(made, None, Actor(), "digest default"):
            _log.info("subscription made", place=default.place, channel=channel, scope=default.scope.kind)
