"""The composition root: the only place that builds adapters and wires them to the service.

Here for the command line; `bot.app.bot` for the bot in Slack.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Protocol

from pydantic import ValidationError

from bot.adapters import knowledge, language
from bot.adapters.files import DemoCluster, FileCluster
from bot.adapters.own_dates import OwnDatesFile
from bot.core.assess import Assessor
from bot.core.judging import Judging
from bot.core.knowledge import Knowledge
from bot.core.milestones import Milestone
from bot.core.own_dates import OwnDate, overlay
from bot.core.owners import OwnerKeys
from bot.core.permissions import CheckReport
from bot.core.pools import PoolTable
from bot.core.slack_app import SlackApp
from bot.core.slack_report import SlackReport
from bot.core.snapshot import Snapshot
from bot.core.understand import Understanding
from bot.core.view import ClusterView
from bot.core.watch_report import WatchReport
from bot.errors import BotError, SettingsError
from bot.render.messages import Catalogue
from bot.service import Service
from bot.service.history import History
from bot.settings import Settings, variable

if TYPE_CHECKING:
    from bot.adapters.kube_api import Api


@dataclass(frozen=True, slots=True)
class Source:
    """Which cluster to read, as the command line names it."""

    kubeconfig: str | None = None
    context: str | None = None
    snapshot: str | None = None
    is_demo: bool = False
    as_of: datetime | None = None
    version: str | None = None


class ClusterReader(Protocol):
    """Anything that reads a cluster."""

    def read(self) -> Snapshot:
        """Return everything read at one moment."""


class ReadOnce:
    """Reads the cluster at the first question and keeps that view: what one command line call needs."""

    def __init__(self, reader: ClusterReader, assessor: Assessor) -> None:
        self._reader = reader
        self._assessor = assessor
        self._view: ClusterView | None = None
        self._error: BotError | None = None

    @property
    def error(self) -> BotError | None:
        """Why there is no view, once somebody asked for it."""
        return self._error

    def newest(self) -> ClusterView | None:
        """Return the view, None when nobody has asked for it yet."""
        return self._view

    def view(self) -> ClusterView:
        """Return the view; a failed read is not tried again for the next question."""
        if self._error is not None:
            raise self._error
        if self._view is None:
            try:
                self._view = self._assessor.assess(self._reader.read())
            except BotError as error:
                self._error = error
                raise
        return self._view


@dataclass(frozen=True, slots=True)
class App:
    """What a command line call works with."""

    service: Service
    views: ReadOnce
    understanding: Understanding
    catalogue: Callable[[str], Catalogue]
    check: Callable[[], CheckReport | None]
    check_watch: Callable[[], WatchReport | None]
    check_slack: Callable[[], SlackReport | None]
    own_dates: OwnDatesFile | None
    slack_app: SlackApp


def load_settings() -> Settings:
    """Return the settings of the environment and ``.env``.

    Raises: SettingsError: a value is invalid; names the variables, never their values.
    """
    try:
        return Settings()
    except ValidationError as error:
        names = sorted({variable(str(item["loc"][0])) for item in error.errors()})
        raise SettingsError("settings", names=", ".join(names)) from error
    except (ValueError, OSError) as error:  # a .env that cannot be read or is not UTF-8
        raise SettingsError("settings", names=".env") from error


def build(settings: Settings, source: Source) -> App:
    """Build everything for one source. Nothing of the cluster is read or connected to yet.

    Raises: SettingsError: the milestones file cannot be used.
    """
    known = knowledge.load_knowledge()
    own_dates = own_dates_file(settings, known)
    views = ReadOnce(*reading(settings, source, known))
    return App(
        service=Service(
            views,
            known,
            today=lambda: now().date(),
            history=kept_history(source, views.view),
            calendar=calendar(known, own_dates),
            places=places(settings),
        ),
        views=views,
        understanding=understanding(known),
        catalogue=catalogues(),
        check=lambda: _check(settings, source),
        check_watch=lambda: _check_watch(settings, source),
        check_slack=lambda: _check_slack(settings),
        own_dates=own_dates,
        slack_app=knowledge.load_slack_app(),
    )


def reading(settings: Settings, source: Source, known: Knowledge) -> tuple[ClusterReader, Assessor]:
    """Return what reads the source and what judges it."""
    pools = knowledge.load_pools(settings.pool_label)
    return _reader(settings, source, owner_keys(settings), pools), judging(known, pools)


def owner_keys(settings: Settings) -> OwnerKeys:
    """Return which labels and annotations name an owner."""
    return OwnerKeys(settings.owner_labels, settings.owner_annotations, settings.owner_namespace_labels)


def places(settings: Settings) -> dict[str, str]:
    """Return the channel or person of each owner that the settings name; of one named twice the first."""
    return dict(reversed(settings.owner_channels))


def judging(known: Knowledge, pools: PoolTable) -> Assessor:
    """Return what judges a snapshot, wherever it was read."""
    return Assessor(Judging(pools, known.agents, known.guide_by_rule))


def kept_history(source: Source, view: Callable[[], ClusterView]) -> History | None:
    """Return the earlier reads of the source: the demo cluster has some, a file or one look at a cluster has none."""
    if not source.is_demo:
        return None
    from bot.playground.demo_history import DemoHistory

    return DemoHistory(view)


def own_dates_file(settings: Settings, known: Knowledge) -> OwnDatesFile | None:
    """Return the team's own dates, None where no file of them is set.

    Raises: SettingsError: the file cannot be used.
    """
    if settings.milestones_file is None:
        return None
    return OwnDatesFile(settings.milestones_file, known.calendar, known.guide_by_rule)


def calendar(
    known: Knowledge, file: OwnDatesFile | None, more: Callable[[], Iterable[OwnDate]] = tuple
) -> Callable[[], Sequence[Milestone]]:
    """Return what gives the milestones with the team's own dates laid over them, as they are when it is called.

    Args:
        more: returns the own dates that are kept elsewhere than in the file; those set in Slack win over it.
    """
    return lambda: overlay(known.calendar, (*(file.current() if file else ()), *more()))


def understanding(known: Knowledge) -> Understanding:
    """Return what makes questions of words; its model is loaded with the first sentence that is no command."""
    topics = {word for guide in known.guides for word in (guide.id, *guide.rules, *guide.topics)}
    words = cache(lambda: language.load_words(topics, known.products()))
    return Understanding(knowledge.load_grammar(), cache(language.load_model), words)


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def catalogues() -> Callable[[str], Catalogue]:
    """Return the messages by language, each loaded when it is first asked for."""
    loaded: dict[str, Catalogue] = {}

    def catalogue(language: str) -> Catalogue:
        if language not in loaded:
            loaded[language] = knowledge.load_catalogue(language)
        return loaded[language]

    return catalogue


def _reader(settings: Settings, source: Source, owners: OwnerKeys, pools: PoolTable) -> ClusterReader:
    if source.is_demo:
        return DemoCluster(source.as_of, source.version, settings.cluster_name, owners, pools)
    if source.snapshot is not None:
        name, version = settings.cluster_name, source.version
        return FileCluster(source.snapshot, source.as_of, version, name, owners, pools, now)
    # Imported here: the kubernetes package takes a quarter of a second, which a demo or a dump need not pay.
    from bot.adapters.kube import KubeCluster
    from bot.adapters.scoped import Scope

    scope = Scope(settings.namespaces)
    return KubeCluster(connecting(settings, source), owners, pools, settings.page_size, now, scope)


def connecting(settings: Settings, source: Source) -> "Callable[[], tuple[Api, str | None]]":
    """Return what logs in to a live cluster, and names it."""
    from bot.adapters.kube_api import Api
    from bot.adapters.kube_login import login

    def connect() -> tuple[Api, str | None]:
        session = login(source.kubeconfig, source.context)
        return Api(session.client, settings.request_timeout_seconds), settings.cluster_name or session.cluster_name

    return connect


def _check(settings: Settings, source: Source) -> CheckReport | None:
    """Return what the login may do, None for a file, which asks nobody."""
    if source.is_demo or source.snapshot is not None:
        return None
    from bot.adapters.kube_api import Api
    from bot.adapters.kube_check import check
    from bot.adapters.kube_login import login
    from bot.adapters.scoped import Scope

    session = login(source.kubeconfig, source.context)
    api = Api(session.client, settings.request_timeout_seconds)
    return check(api, Scope(settings.namespaces), settings.refresh_seconds)


def _check_watch(settings: Settings, source: Source) -> WatchReport | None:
    """Return what a bot that runs beside this says of its watch, None for a file, which nobody watches."""
    if source.is_demo or source.snapshot is not None:
        return None
    from bot.adapters.watch_check import check

    return check(settings.http_port, settings.stale_seconds)


def _check_slack(settings: Settings) -> SlackReport | None:
    """Return what Slack says of the bot, None when nothing of Slack is set."""
    app_token, secret = settings.slack_app_token, settings.slack_signing_secret
    if settings.slack_bot_token is None and app_token is None and secret is None:
        return None
    from bot.adapters.slack_check import Setup, check
    from bot.adapters.slack_web import make_client

    setup = Setup(
        bot_token=settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else None,
        app_token=app_token.get_secret_value() if app_token else None,
        has_secret=secret is not None,
        channels=settings.allowed_channels,
        admins=settings.admins,
    )
    web, bare = (make_client(settings.slack_api_url, token) for token in (setup.bot_token, None))
    return check(web, bare, setup, knowledge.load_slack_app(), now)
