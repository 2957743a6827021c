"""The listeners in a real Bolt app over in-memory ports and a small cluster; people say and click things to it."""

from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.adapters.exceptions_file import dump
from bot.core.access import Policy
from bot.core.buttons import ASK, Asked, encode
from bot.core.milestones import Milestone
from bot.core.view import ClusterView
from bot.playground.slack import Message as Posting
from bot.playground.slack import User, payloads
from bot.playground.slack.workspace import BOT_USER, TEAM, Workspace
from bot.render.document import Name, Text
from bot.service import Service, ViewSource
from bot.service.history import History
from handlers import register
from handlers.answering import Answering
from handlers.asks import Surface
from handlers.desk import Desk
from handlers.errors import ErrorPath
from handlers.excepting import Excepting
from handlers.forming import Forming
from handlers.keeping import Keeping
from handlers.listeners import Listeners
from handlers.minding import Minding
from handlers.ordering import Ordering
from handlers.pages import HomeTab, Looking, Prompts
from handlers.ports import Now, WorkQueue
from handlers.replies import Replies
from handlers.room import Room
from handlers.telling import Telling
from tests.factories import make_deployment, make_node
from tests.unit.clusters import AS_OF, catalogue, known, understanding, view_of
from tests.unit.handlers.ports import (
    Agent,
    AtOnce,
    Conversation,
    Counted,
    Forms,
    Held,
    Inline,
    Kept,
    Members,
    Memory,
    People,
    Person,
    Posted,
    Reminder,
    Settings,
)

COMMAND = "/runtime"
RESPONSE_URL = "https://hooks.slack.com/actions/T0TEAM/1/secret"
SIGNING_SECRET = "signing-secret"

#: Everything a body tells of: `payloads` makes them as Slack does.
Body = dict[str, Any]


@cache
def small_view() -> ClusterView:
    """Return a node on Docker and a workload that needs it."""
    return view_of(
        make_node("on-docker", runtime="docker://20.10.24"),
        make_deployment("builder", namespace="ci", host_paths={"/var/run/docker.sock": "/s"}),
    )


class Source:
    """The view port: one view, or what is raised instead."""

    def __init__(self, view: ClusterView | None = None) -> None:
        self.shown = view or small_view()
        self.error: Exception | None = None

    def newest(self) -> ClusterView | None:
        return None if self.error is not None else self.shown

    def view(self) -> ClusterView:
        if self.error is not None:
            raise self.error
        return self.shown


class Slack:
    """A workspace of people and a bot; ``work.run()`` lets the bot answer what it took."""

    def __init__(
        self,
        source: ViewSource | None = None,
        language: str = "auto",
        notices: WorkQueue | None = None,
        looking_seconds: float = 60.0,
        history: History | None = None,
        post_now: Now | None = None,
        calendar: Sequence[Milestone] = (),
        **policy: Any,
    ) -> None:
        self.workspace = Workspace()
        self.source = Source()
        self.posted, self.people, self.work, self.counted = Posted(), People(), Held(), Counted()
        self.memory, self.agent = Memory(), Agent()
        self.settings, self.forms, self.members, self.post_now = Settings(), Forms(), Members(), post_now
        self.reminder = Reminder()
        self.acceptances = Kept()
        self.people.users = {
            user.id: Person(frozenset({user.team}), user.locale) for user in self.workspace.users.values()
        }
        self.people.channels = {
            channel.id: Conversation(channel.is_ext_shared, BOT_USER in channel.members)
            for channel in self.workspace.channels.values()
            if not channel.im_user
        }
        service = Service(source or self.source, known(), today=AS_OF.date, now=lambda: AS_OF, history=history)
        answering = Answering(service, understanding(), catalogue, language, COMMAND)
        replies = Replies(self.posted)
        errors = ErrorPath(answering, replies)
        policy_ = Policy(**{"own_teams": frozenset({TEAM}), **policy})
        keeping = Keeping(self.memory)
        pages = {
            Surface.HOME: HomeTab(answering, keeping, replies).show,
            Surface.PROMPTS: Prompts(self.agent, catalogue).show,
        }
        self.desk = Desk(
            answering,
            policy_,
            self.people,
            replies,
            errors,
            keeping,
            pages,
            Looking(self.agent, catalogue, looking_seconds),
            self.work,
            notices or AtOnce(),
            self.counted,
            self._orders(answering, policy_, replies, service, calendar or known().calendar),
        )
        self._errors = errors

    def _orders(
        self,
        answering: Answering,
        policy: Policy,
        replies: Replies,
        service: Service,
        calendar: Sequence[Milestone],
    ) -> Forming:
        room = Room(policy, self.people, self.members, self.posted)
        telling = Telling(answering, replies, self.posted, "digest show")
        ordering = Ordering(
            answering,
            telling,
            room,
            self.settings,
            service.newest,
            lambda: calendar,
            lambda: AS_OF,
            "Europe/Berlin",
            self.post_now,
        )
        minding = Minding(
            answering,
            telling,
            room,
            self.settings,
            lambda: calendar,
            lambda: AS_OF,
            "Europe/Berlin",
            self.reminder,
        )
        excepting = Excepting(
            answering,
            replies,
            Telling(answering, replies, self.posted, "except show"),
            room,
            self.acceptances,
            service.newest,
            service.seen,
            dump,
            lambda: AS_OF,
        )
        return Forming(answering, ordering, minding, excepting, self.forms, service.newest, COMMAND)

    @cached_property
    def app(self) -> App:
        """Return the Bolt app with every listener."""
        app = bolt_app()
        register(app, Listeners(self.desk), self._errors, COMMAND)
        return app

    # What people do. Each returns what Slack gets for an acknowledgement.

    def command(self, text: str, user: str = "U0ALICE", channel: str = "C0GENERAL", **changes: Any) -> BoltResponse:
        """Type the slash command."""
        return self.deliver(self.command_body(text, user, channel, **changes))

    def mention(self, text: str, user: str = "U0ALICE", channel: str = "C0GENERAL", **changes: Any) -> BoltResponse:
        """Mention the bot in a channel; changes are to the event."""
        return self.deliver(self.event_body("app_mention", f"<@{BOT_USER}> {text}", user, channel, **changes))

    def message(self, text: str, user: str = "U0ALICE", **changes: Any) -> BoltResponse:
        """Write to the bot in a direct message; changes are to the event."""
        return self.deliver(self.event_body("message", text, user, "D" + user[1:], **changes))

    def click(self, asked: Asked, action: str = ASK, **changes: Any) -> BoltResponse:
        """Click a button that asks something; arguments as of `click_body`."""
        return self.deliver(self.click_body(encode(asked) or "", action, **changes))

    def deliver(self, body: Body, headers: dict[str, str] | None = None) -> BoltResponse:
        """Deliver a body as Socket Mode does."""
        return self.app.dispatch(BoltRequest(mode="socket_mode", body=body, headers=headers))

    # Bodies.

    def command_body(self, text: str, user: str, channel: str, /, **changes: Any) -> Body:
        """Return the body of a slash command."""
        who, where = self.workspace.users[user], self.workspace.channels[channel]
        return {**payloads.command(self.workspace, who, where, COMMAND, text, RESPONSE_URL), **changes}

    def event_body(self, kind: str, text: str, user: str, channel: str, /, **changes: Any) -> Body:
        """Return the body of an event; changes are to the event."""
        who, where = self.workspace.users[user], self.workspace.channels[channel]
        said = payloads.said(kind, who, where, self.workspace.new_ts(), text, None)
        return payloads.event(self.workspace, {**said, **changes}, where)

    def click_body(
        self,
        value: str,
        action: str = ASK,
        user: str = "U0ALICE",
        channel: str = "C0GENERAL",
        is_ephemeral: bool = True,
        thread_ts: str | None = None,
        **changes: Any,
    ) -> Body:
        """Return the body of a click on a button of a message of the bot; changes are to the whole body."""
        label = {"type": "plain_text", "text": "a button"}
        button = {"type": "button", "action_id": action, "value": value, "text": label}
        block = {"type": "actions", "block_id": "b", "elements": [button]}
        only = user if is_ephemeral else None
        message = Posting(
            channel, self.workspace.new_ts(), BOT_USER, "x", "ack", [block], thread_ts=thread_ts, ephemeral_for=only
        )
        who: User = self.workspace.users[user]
        return {**payloads.click(self.workspace, message, (block, button), who, RESPONSE_URL), **changes}


def bolt_app() -> App:
    """Return a Bolt app as the bot makes it, with listeners run in the thread that delivers."""
    result = AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_token="", bot_id="B0BOT", bot_user_id=BOT_USER)
    return App(
        client=WebClient(base_url="http://127.0.0.1:9/"),
        authorize=lambda **_: result,
        signing_secret=SIGNING_SECRET,
        ssl_check_enabled=False,
        listener_executor=Inline(),
    )


#: Stands for whatever a test does not want to spell out.
_OPEN = Text("\0")


def sentence(key: str, language: str = "en", **values: Any) -> str:
    """Return the first sentence of an entry, up to the first placeholder that has no value here."""
    placeholders = {"command": _OPEN, "message": _OPEN, "kinds": _OPEN, "code": _OPEN, "method": _OPEN}
    line = catalogue(language).say(key, **{**placeholders, **values})
    shown = "".join(segment.text for segment in line if isinstance(segment, (Text, Name)))
    return shown.split("\0")[0].partition(". ")[0].strip()
