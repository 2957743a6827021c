"""What answers in Slack, built from its parts: handlers, their adapters, and the subscriptions of the settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from slack_sdk import WebClient

from bot.adapters.metrics import Metrics
from bot.adapters.slack_agent import Assistant
from bot.adapters.slack_files import SlackFiles
from bot.adapters.slack_groups import Groups
from bot.adapters.slack_messages import Messenger
from bot.adapters.slack_modals import Modals
from bot.adapters.slack_web import Directory, Identity
from bot.adapters.work import WorkQueue
from bot.app import catalogues
from bot.app.checking import Checks
from bot.core.access import Policy
from bot.core.exceptions import Acceptance
from bot.core.knowledge import Knowledge
from bot.core.milestones import Milestone
from bot.core.subscriptions import Scope, ScopeKind
from bot.core.understand import Understanding
from bot.service import Service
from bot.settings import Settings
from handlers.answering import Answering
from handlers.asks import Surface
from handlers.checking import Checking
from handlers.defaults import Default, Defaults
from handlers.desk import Desk
from handlers.errors import ErrorPath
from handlers.excepting import Excepting
from handlers.forming import Forming
from handlers.keeping import Keeping
from handlers.listeners import Listeners
from handlers.minding import Minding
from handlers.ordering import Ordering
from handlers.pages import HomeTab, Looking, Prompts
from handlers.replies import Replies
from handlers.room import Room
from handlers.telling import Telling

if TYPE_CHECKING:
    from bot.app.reminding import Reminding
    from bot.app.store import Kept


@dataclass(frozen=True, slots=True)
class Parts:
    """What the bot has before Slack says who it is.

    Args:
        calendar: the dates as they are now.
        now: the time, aware.
        export: returns exceptions as YAML.
        work: answers questions; notices: tells askers that there was no room for theirs.
    """

    settings: Settings
    known: Knowledge
    web: WebClient
    service: Service
    understanding: Understanding
    calendar: Callable[[], Sequence[Milestone]]
    now: Callable[[], datetime]
    export: Callable[[Sequence[Acceptance], datetime], str]
    metrics: Metrics
    work: WorkQueue
    notices: WorkQueue


@dataclass(frozen=True, slots=True)
class Wired:
    """What listens, what is told of errors, what answers, and what makes the subscriptions of the settings."""

    listeners: Listeners
    errors: ErrorPath
    desk: Desk
    defaults: Defaults


def wire(parts: Parts, identity: Identity, kept: "Kept", messenger: Messenger, reminding: "Reminding") -> Wired:
    """Return the handlers of a bot that knows who it is."""
    settings = parts.settings
    policy = Policy(
        own_teams=identity.teams,
        teams=frozenset(settings.allowed_teams),
        channels=frozenset(settings.allowed_channels),
        users=frozenset(settings.allowed_users),
        admins=frozenset(settings.admins),
    )
    answering = Answering(parts.service, parts.understanding, catalogues(), settings.language, settings.command)
    replies = Replies(messenger)
    errors = ErrorPath(answering, replies)
    directory = Directory(parts.web, parts.metrics)
    keeping = Keeping(kept.store)
    room = Room(policy, directory, Groups(parts.web, parts.metrics), messenger)
    telling = Telling(answering, replies, messenger, "digest show")
    ordering = Ordering(
        answering,
        telling,
        room,
        kept.changes,
        parts.service.newest,
        parts.calendar,
        parts.now,
        settings.timezone,
        reminding,
    )
    minding = Minding(
        answering,
        telling,
        room,
        kept.changes,
        parts.calendar,
        parts.now,
        settings.timezone,
        reminding,
    )
    excepting = Excepting(
        answering,
        replies,
        Telling(answering, replies, messenger, "except show"),
        room,
        kept.changes,
        parts.service.newest,
        parts.service.seen,
        parts.export,
        parts.now,
    )
    modals = Modals(parts.web, parts.metrics)
    assistant = Assistant(parts.web, parts.metrics)
    checks = Checks(settings, parts.known, SlackFiles(parts.web, parts.metrics), parts.now)
    pages = {
        Surface.HOME: HomeTab(answering, keeping, replies).show,
        Surface.PROMPTS: Prompts(assistant, answering.catalogue).show,
        Surface.CHECK: Checking(answering, replies, checks).check,
    }
    desk = Desk(
        answering,
        policy,
        directory,
        replies,
        errors,
        keeping,
        pages,
        Looking(assistant, answering.catalogue),
        parts.work,
        parts.notices,
        parts.metrics,
        Forming(answering, ordering, minding, excepting, modals, parts.service.newest, settings.command),
    )
    return Wired(Listeners(desk), errors, desk, Defaults(_defaults(settings), kept.changes, messenger, parts.now))


def _defaults(settings: Settings) -> tuple[Default, ...]:
    """Return the subscriptions of the settings; a place that several owners share gets what is theirs together."""
    language = "en" if settings.language == "auto" else settings.language
    owners: dict[str, list[str]] = {}
    for owner, place in settings.owner_channels:
        owners.setdefault(place, []).append(owner)
    scopes = dict.fromkeys(settings.digest_channels, Scope())
    scopes |= {place: Scope(ScopeKind.OWNER, tuple(dict.fromkeys(names))) for place, names in owners.items()}
    return tuple(Default(place, scope, settings.timezone, language) for place, scope in scopes.items())
