"""What the Slack app asks for: scopes with their reasons, events, texts; and what is plainly wrong with a token."""

import re
from collections.abc import Mapping
from datetime import date

from msgspec import Struct

#: What an optional scope is for: UNSHIM_ADMINS names a user group; Slack's surface for agents, which no answer needs;
#: finding a post of the bot again, which opens what people say to each other; reading manifests attached to messages,
#: which opens the files of conversations. Those of ON_DEMAND are asked for only when whoever installs the app wants it.
ADMIN_GROUPS = "admin-groups"
AGENT = "agent"
HISTORY = "history"
FILES = "files"
ON_DEMAND = (HISTORY, FILES)

BOT_PREFIX = "xoxb-"
APP_PREFIX = "xapp-"

_EXPIRING_PREFIX = "xoxe"
_USER_PREFIX = "xoxp-"

#: What a token is made of; quotes and line breaks come from shells and from ``echo token | base64``.
_TOKEN = re.compile(r"[A-Za-z0-9._-]+")


class Scope(Struct, frozen=True):
    """One permission of a token.

    Args:
        reasons: language to what it is for, a sentence without its full stop.
        losses: language to what does not work without it, a clause.
        methods: Web API methods it opens.
        events: events it lets the bot hear.
        only_for: what has to be set for it to be needed; None: always needed.
        source: Slack's page, read on ``checked``.
    """

    name: str
    reasons: Mapping[str, str]
    losses: Mapping[str, str]
    methods: tuple[str, ...]
    events: tuple[str, ...]
    only_for: str | None
    source: str
    checked: date

    @property
    def is_optional(self) -> bool:
        """Whether the bot may do without it."""
        return self.only_for is not None

    def reason(self, language: str) -> str:
        """Return what it is for."""
        return self.reasons[language]

    def loss(self, language: str) -> str:
        """Return what does not work without it."""
        return self.losses[language]


class SlackApp(Struct, frozen=True):
    """The app as its manifest describes it.

    Args:
        texts: language to ``description``, ``long_description``, ``command``, ``usage_hint``, ``shortcut``,
            ``shortcut_description``, ``check``, ``check_description`` and ``agent``.
        events: events the bot subscribes to.
        path: where Slack posts to in HTTP mode.
        free_methods, free_events: Web API methods and events that need no scope.
        scopes: of the bot token, in the order of the manifest.
        app_scope: of the app-level token, which Socket Mode needs.
    """

    name: str
    bot_name: str
    texts: Mapping[str, Mapping[str, str]]
    events: tuple[str, ...]
    path: str
    free_methods: tuple[str, ...]
    free_events: tuple[str, ...]
    scopes: tuple[Scope, ...]
    app_scope: Scope

    def asked(self, *, has_history: bool, has_files: bool) -> tuple[Scope, ...]:
        """Return the scopes that a manifest asks for, optional ones included, those of ON_DEMAND as they are wanted."""
        wanted = {HISTORY: has_history, FILES: has_files}
        return tuple(scope for scope in self.scopes if wanted.get(scope.only_for or "", True))

    @property
    def history(self) -> tuple[Scope, ...]:
        """The scopes with which a post is found again in a channel."""
        return tuple(scope for scope in self.scopes if scope.only_for == HISTORY)

    @property
    def files(self) -> Scope:
        """The scope with which manifests attached to messages are read."""
        return next(scope for scope in self.scopes if scope.only_for == FILES)

    def needed(self, *, has_admin_groups: bool) -> tuple[Scope, ...]:
        """Return the scopes the bot token needs with these settings."""
        wanted = {None, ADMIN_GROUPS} if has_admin_groups else {None}
        return tuple(scope for scope in self.scopes if scope.only_for in wanted)


def bot_token_problem(token: str) -> str | None:
    """Return what keeps a text from being a bot token: ``broken``, ``app``, ``user``, ``expiring``, ``shape``; or None.

    Source: docs.slack.dev/authentication/using-token-rotation for those that expire, excerpt read on 2026-11-25.
    """
    if not _TOKEN.fullmatch(token):
        return "broken"
    if token.startswith(BOT_PREFIX):
        return None
    others = {APP_PREFIX: "app", _USER_PREFIX: "user", _EXPIRING_PREFIX: "expiring"}
    return next((name for prefix, name in others.items() if token.startswith(prefix)), "shape")


def app_token_problem(token: str) -> str | None:
    """Return what keeps a text from being an app-level token: ``broken``, ``bot``, ``shape``; or None."""
    if not _TOKEN.fullmatch(token):
        return "broken"
    if token.startswith(APP_PREFIX):
        return None
    return "bot" if token.startswith(BOT_PREFIX) else "shape"
