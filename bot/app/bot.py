"""The bot in Slack, wired: what it is made of, and the order in which it starts and stops."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from slack_bolt import App as BoltApp
from slack_bolt.authorization import AuthorizeResult

from bot.adapters import exceptions_file, knowledge
from bot.adapters.http import Server, add_slack, make_site
from bot.adapters.logs import BOLT
from bot.adapters.memory import set_apart
from bot.adapters.metrics import Metrics
from bot.adapters.slack_messages import Messenger
from bot.adapters.slack_posts import Posts as SlackPosts
from bot.adapters.slack_pulse import Pulse
from bot.adapters.slack_socket import Pace, Socket, wait_for_slack
from bot.adapters.slack_web import Identity, identify, make_client
from bot.adapters.threads import ListenerThreads
from bot.adapters.work import WorkQueue
from bot.app import Source, calendar, catalogues, kept_history, now, own_dates_file, places, understanding
from bot.app.excepting import ExceptedViews
from bot.app.late import KeptHistory
from bot.app.tokens import check_tokens
from bot.app.viewing import add_gauges, views
from bot.app.wiring import Parts, wire
from bot.core.exceptions import Acceptance
from bot.core.own_dates import OwnDate
from bot.errors import SettingsError
from bot.service import Service
from bot.settings import Settings
from handlers import register
from handlers.defaults import Defaults
from handlers.desk import Desk
from handlers.notices import Notices
from handlers.posting import Posts

if TYPE_CHECKING:
    from bot.app.reminding import Reminding
    from bot.app.store import Kept

#: Threads of Bolt's listeners. They only acknowledge and queue; Bolt's default of 5 is what a burst starves on.
LISTENER_THREADS = 32

#: At the end listeners, then answers under way are waited for: with acknowledgements and the rest, below 20 seconds.
LISTENERS_SECONDS, ANSWERS_SECONDS, NOTICES_SECONDS = 2.0, 10.0, 1.0

#: Threads that tell askers there was no room for their question.
NOTICE_WORKERS = 4

#: Pause before the subscriptions of the settings are tried again, while the database or Slack does not answer.
DEFAULTS_SECONDS = 15.0

_log = structlog.get_logger(__name__)


class Bot:
    """The running bot. `run` blocks until `stop` is called.

    Args:
        source: the cluster to answer about.
        pace: how closely the socket is watched.
        clock: the time, aware: another one for tests that cannot wait for days.
        tick_seconds: pause between two looks at what is due; None: the usual one.
    """

    def __init__(
        self,
        settings: Settings,
        source: Source,
        pace: Pace = Pace(),  # noqa: B008  frozen
        clock: Callable[[], datetime] = now,
        tick_seconds: float | None = None,
    ) -> None:
        """Build everything. Nothing is read or connected to yet.

        Raises:
            SettingsError: tokens are missing, or plainly no such tokens; the milestones file cannot be used.
            UsageError: the port cannot be had.
        """
        token, app_token, secret = (
            value.get_secret_value() if value else None
            for value in (settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret)
        )
        if not token or not (app_token or secret):
            raise SettingsError("slack-unset")
        check_tokens(token, app_token)
        self._settings = settings
        self._app_token = app_token
        self._secret = secret or ""
        self._pace = pace
        self._now = clock
        self._tick_seconds = tick_seconds
        self._failure: Exception | None = None
        self._stop = threading.Event()
        self._identity: Identity | None = None
        self._bolt: BoltApp | None = None
        self._desk: Desk | None = None
        self._socket: Socket | None = None
        self._kept: Kept | None = None
        self._defaults: Defaults | None = None
        self._is_http = app_token is None
        self.metrics = Metrics()
        self._web = make_client(settings.slack_api_url, token)
        self._pulse = Pulse(self._web, pace.pulse_seconds)
        known = self._known = knowledge.load_knowledge()
        self._calendar = calendar(known, own_dates_file(settings, known), self._dates_set)
        self._history = None if source.is_demo else KeptHistory()
        self._reminding: Reminding | None = None
        self._understanding = understanding(known)
        self.views = views(settings, source, known, clock, self.metrics)
        self._excepted = ExceptedViews(self.views, self._holding, self._note_void, lambda: clock().date())
        self._service = Service(
            self._excepted,
            known,
            today=lambda: clock().date(),
            now=clock,
            stale_seconds=settings.stale_seconds,
            history=self._history or kept_history(source, self._excepted.view),
            calendar=self._calendar,
            places=places(settings),
            sight=self.views.sight,
        )
        self._work = WorkQueue(settings.answer_workers, settings.answer_queue)
        self._notices = WorkQueue(NOTICE_WORKERS, settings.answer_queue)
        self._listener_threads = ListenerThreads(LISTENER_THREADS)
        site = make_site(self, self.metrics.exposition)
        if self._is_http:
            add_slack(site, lambda: self._bolt, self._stop.is_set, self._secret, self.metrics)
        self._server = Server(site, settings.http_host, settings.http_port)
        self._add_gauges()

    @property
    def port(self) -> int:
        """The HTTP port."""
        return self._server.port

    def run(self) -> None:
        """Start, and serve until told to stop.

        Raises: SlackTokenError: Slack refuses a token.
        """
        self._server.start()
        _log.info(
            "listening", host=self._settings.http_host, port=self.port, mode="http" if self._is_http else "socket"
        )
        self.views.start()
        # On a thread of its own: a call that hangs must not keep a signal waiting.
        threading.Thread(target=self._reach_slack, name="start", daemon=True).start()
        try:
            self._stop.wait()
        finally:
            self._close()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Tell `run` to finish what is under way and return."""
        self._stop.set()

    def problems(self) -> list[str]:
        """Return what keeps the bot from answering well: for /readyz."""
        checks: tuple[tuple[Callable[[], bool], str], ...] = (
            (lambda: not self._stop.is_set(), "stopping"),
            (lambda: self.is_connected, "slack: not connected, or silent"),
            (lambda: not self._pulse.is_refused, "slack: refuses the bot token"),
            (lambda: self.views.is_fresh, "cluster: no view, or an old one"),
        )
        return [problem for holds, problem in checks if not holds()]

    @property
    def is_connected(self) -> bool:
        """Whether Slack was heard a moment ago: on the socket, in HTTP mode by its Web API."""
        if self._is_http:
            return self._bolt is not None and self._pulse.is_heard
        return self._socket is not None and self._socket.is_connected

    @property
    def _keeps_things(self) -> bool:
        return self._kept is not None and self._kept.store.is_up

    def _dates_set(self) -> tuple[OwnDate, ...]:
        return self._kept.changes.team_dates() if self._kept is not None else ()

    def _holding(self) -> tuple[Acceptance, ...]:
        return self._kept.changes.holding() if self._kept is not None else ()

    def _note_void(self, accepted: Sequence[Acceptance]) -> None:
        if self._kept is not None:
            self._kept.changes.void(accepted)

    def _reach_slack(self) -> None:
        try:
            self._open_store()
            if wait_for_slack(self._connect, self._stop, "connect", self._pace.pause_seconds):
                self._pulse.start()
                _log.info("slack accepts the tokens", team=self._identity.team if self._identity else None)
                if self._reminding is not None and not self._stop.is_set():
                    self._reminding.start()
                self._make_defaults()
            if self._stop.is_set() and self._socket is not None:  # told to stop while it connected
                self._socket.close()
        except Exception as error:  # noqa: BLE001  raised again by `run`, on the thread that can end the program
            self._failure = error
            self._stop.set()

    def _make_defaults(self) -> None:
        """Make the subscriptions of the settings; what is in the way passes, or is logged."""
        while self._defaults is not None and not self._stop.is_set() and not self._defaults.make():
            self._stop.wait(DEFAULTS_SECONDS)

    def _open_store(self) -> None:
        # Imported here: SQLAlchemy and alembic take most of half a second, in which the probes answer already.
        from bot.app.store import open_kept

        self._kept = open_kept(self._settings, self._now)
        set_apart()  # most of what the program is made of is loaded by now

    def _connect(self) -> None:
        """Find out who the bot is, then listen. Raises: SlackError: Slack does not answer."""
        self._identity = identify(self._web)
        if self._bolt is None:
            assert self._kept is not None  # opened before anything is connected
            self._bolt = self._make_bolt(self._identity, self._kept)
        if self._app_token is not None:
            if self._socket is None:
                web = make_client(self._settings.slack_api_url, None)
                self._socket = Socket(self._bolt, web, self._app_token, self.metrics, self._pace)
            self._socket.connect()

    def _make_bolt(self, identity: Identity, kept: "Kept") -> BoltApp:
        result = AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team,
            bot_token="",  # listeners call Slack through the messenger, never through Bolt's client
            bot_id=identity.bot,
            bot_user_id=identity.bot_user,
        )
        app = BoltApp(
            name="unshim",
            client=make_client(self._settings.slack_api_url, None),
            # The answer of auth.test is known: Bolt's own authorization would ask again before the acknowledgement.
            authorize=lambda **_: result,
            signing_secret=self._secret,
            request_verification_enabled=self._is_http,
            ssl_check_enabled=False,
            logger=logging.getLogger(BOLT),
            listener_executor=self._listener_threads,
        )
        messenger = Messenger(self._web, self.metrics)
        self._reminding = self._make_reminding(identity, kept, messenger)
        parts = Parts(
            self._settings,
            self._known,
            self._web,
            self._service,
            self._understanding,
            self._calendar,
            self._now,
            exceptions_file.dump,
            self.metrics,
            self._work,
            self._notices,
        )
        wired = wire(parts, identity, kept, messenger, self._reminding)
        self._desk, self._defaults = wired.desk, wired.defaults
        register(app, wired.listeners, wired.errors, self._settings.command)
        return app

    def _make_reminding(self, identity: Identity, kept: "Kept", messenger: Messenger) -> "Reminding":
        from bot.app.reminding import TICK_SECONDS, Reminding

        settings = self._settings
        reminding = Reminding(
            kept,
            SlackPosts(self._web, identity, self.metrics),
            lambda shelf: Posts(self._service, shelf, catalogues(), settings.command),
            Notices(messenger, catalogues(), settings.command),
            self.metrics,
            self._calendar,
            self._excepted.latest,
            self._known.calendar,
            self._now,
            self._tick_seconds or TICK_SECONDS,
        )
        if self._history is not None:
            self._history.open(reminding.history, kept.store)
        return reminding

    def _close(self) -> None:
        started = time.monotonic()
        _log.info("stopping", waiting=self._work.waiting)
        self._pulse.stop()
        self.views.stop()
        if self._socket is not None:
            self._socket.close()
        self._listener_threads.wait(LISTENERS_SECONDS)
        if self._desk is not None:
            self._desk.close()
        if self._reminding is not None:
            self._reminding.stop()
        is_done = self._work.close(ANSWERS_SECONDS)
        self._notices.close(NOTICES_SECONDS)
        if self._desk is not None and not is_done:
            self._desk.log_unanswered()
        if self._kept is not None:
            self._kept.store.close()
        self._server.close()
        self._listener_threads.shutdown(wait=False, cancel_futures=True)
        _log.info("stopped", answers_finished=is_done, seconds=round(time.monotonic() - started, 2))

    def _add_gauges(self) -> None:
        nan = float("nan")
        watch = self.metrics.watch
        watch("unshim_slack_connected", "1 while Slack is heard", lambda: float(self.is_connected))
        watch("unshim_store_up", "1 while the database keeps things", lambda: float(self._keeps_things))
        watch("unshim_view_age_seconds", "Age of the last good view", lambda: _or(self.views.age_seconds, nan))
        add_gauges(self.views, self.metrics)
        watch("unshim_questions_waiting", "Questions that wait for a worker", lambda: float(self._work.waiting))
        watch(
            "unshim_slack_silent_seconds",
            "Time since Slack was heard on the socket",
            lambda: _or(self._socket.silent_seconds if self._socket else None, nan),
        )


def _or(value: float | None, other: float) -> float:
    return other if value is None else value
