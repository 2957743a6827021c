"""The way of every question: seen before?, room for it?, may they ask?, answer, send, count."""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import structlog
from cachetools import TTLCache
from msgspec.structs import replace

from bot.core.access import Asker, Place, Policy, Refusal
from bot.core.buttons import Asked, Rating
from bot.errors import SlackError
from bot.render.blocks import Message
from bot.render.document import Document
from bot.render.messages import Catalogue
from bot.render.views import notice
from handlers.answering import Answered, Answering, Picture
from handlers.asks import Ask, Surface
from handlers.errors import ErrorPath
from handlers.forming import Forming, Opened
from handlers.keeping import Keeping
from handlers.pages import Looking
from handlers.ports import Directory, Meter, UserFacts, WorkQueue
from handlers.replies import Replies
from handlers.room import Asking

#: How long a delivery is remembered: Slack's last redelivery of an event comes after about five minutes.
REMEMBER_SECONDS = 3600
REMEMBER_ENTRIES = 50_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Received:
    """An ask with what is told about it in logs."""

    ask: Ask
    reference: str
    at: float


class Desk:
    """Takes questions from listeners and answers them on the work queue.

    Args:
        policy: who may ask.
        pages: what is shown without a question, by surface: takes the ask and the language, returns the outcome.
        work: answers questions; notices: tells askers whose question there was no room for, so that neither waits
            for the other and Bolt's threads wait for nothing.
        orders: follows what is no question; None where nothing can be ordered.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        answering: Answering,
        policy: Policy,
        directory: Directory,
        replies: Replies,
        errors: ErrorPath,
        keeping: Keeping,
        pages: Mapping[Surface, Callable[[Ask, str], str]],
        looking: Looking,
        work: WorkQueue,
        notices: WorkQueue,
        meter: Meter,
        orders: Forming | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._answering = answering
        self._policy = policy
        self._directory = directory
        self._replies = replies
        self._errors = errors
        self._keeping = keeping
        self._pages = pages
        self._looking = looking
        self._work = work
        self._notices = notices
        self._meter = meter
        self._orders = orders
        self._clock = clock
        self._lock = threading.Lock()
        self._is_closing = False
        self._pending: dict[str, _Received] = {}
        self._seen: TTLCache[str, None] = TTLCache(REMEMBER_ENTRIES, REMEMBER_SECONDS)

    def take(self, ask: Ask) -> str | None:
        """Queue a question; does no I/O. Returns None, or the entry of ``notice.`` that says why it was not taken."""
        if self._is_closing:
            return "closing"
        if self._is_repeated(ask):
            self._meter.repeated(ask.surface)
            return None
        received = _Received(ask, uuid.uuid4().hex[:8], self._clock())
        self._pending[received.reference] = received
        if self._work.offer(lambda: self._run(received)):
            return None
        del self._pending[received.reference]
        self._meter.busy()
        _log.warning("question not taken", surface=ask.surface, user=ask.user, channel=ask.channel)
        return "busy"

    def close(self) -> None:
        """Take no more questions; those taken are answered."""
        self._is_closing = True

    def log_unanswered(self) -> None:
        """Log every question that was acknowledged and is not answered: at the end, when there is no time left."""
        for received in list(self._pending.values()):
            ask = received.ask
            _log.error(
                "question not answered",
                request=received.reference,
                surface=ask.surface,
                user=ask.user,
                channel=ask.channel,
            )

    def decline(self, ask: Ask, key: str) -> None:
        """Tell the asker that nothing was done, where the acknowledgement cannot; in silence when too many are told."""
        if not self._notices.offer(lambda: self._decline(ask, key)):
            _log.warning("notice not sent", error="too-many", surface=ask.surface)

    def _decline(self, ask: Ask, key: str) -> None:
        try:
            self._tell(ask, key, self._answering.language(ask.text, ""))
        except SlackError as error:
            _log.warning("notice not sent", error=error.key, surface=ask.surface)

    def note(self, key: str, text: str = "") -> str:
        """Return an entry of ``notice.`` as text, for an acknowledgement that carries it."""
        language = self._answering.language(text, "")
        return self._draw(notice.note(key, self._answering.catalogue(language)), language).text

    def namespaces(self, ask: Ask, query: str) -> list[dict[str, Any]]:
        """Return the options of the menu of namespaces; waits for nothing. None for people who get no answers.

        Slack says where the Home of the asker is, which is where the asker is at home.
        """
        teams = ask.teams or ask.workspaces
        is_refused = self._policy.refusal(Asker(ask.user, teams), Place("", True, None, True)) is not None
        return [] if is_refused else self._answering.namespaces(query)

    def form_problems(self, ask: Ask) -> dict[str, str]:
        """Return what is wrong with a form that is saved, by block; does no I/O."""
        return self._orders.problems(ask) if self._orders is not None else {}

    def choices(self, ask: Ask, action: str) -> list[dict[str, Any]]:
        """Return what a menu of a form offers; waits for nothing. None for people who get no answers."""
        if self._orders is None or self._is_stranger(ask):
            return []
        return self._orders.choices(action, ask.text)

    def _is_stranger(self, ask: Ask) -> bool:
        """Whether somebody gets no answers; Slack says where the asker is at home."""
        place = Place("", is_direct=True, is_shared=None, is_private_answer=True)
        return self._policy.refusal(Asker(ask.user, ask.teams or ask.workspaces), place) is not None

    def _is_repeated(self, ask: Ask) -> bool:
        with self._lock:
            is_repeated = any(key in self._seen for key in ask.keys)
            self._seen.update(dict.fromkeys(ask.keys))
        return is_repeated

    def _run(self, received: _Received) -> None:
        ask = received.ask
        started = self._clock()
        kind, outcome, language = "", "failed", self._answering.language(ask.text, "")
        looking = self._looking.at(ask, language)
        opening = self._orders.opening(ask, language) if self._orders else nullcontext()
        with (
            structlog.contextvars.bound_contextvars(request=received.reference),
            looking as is_allowed,
            opening as opened,
        ):
            try:
                if not self._keeping.is_new(ask):
                    self._pending.pop(received.reference, None)
                    self._meter.repeated(ask.surface)
                    return
                facts = self._directory.user(ask.user)
                language = self._language(ask, facts)
                kind, outcome = self._answer(ask, language, facts, is_allowed, opened)
            except Exception as error:  # noqa: BLE001  one path for whatever goes wrong; it logs and tells the asker
                outcome = self._errors.tell(error, ask, received.reference, language)
            self._pending.pop(received.reference, None)
            ended = self._clock()
            self._meter.answered(ask.surface, kind or "unknown", outcome, ended - received.at)
            _log.info(
                "question",
                surface=ask.surface,
                question=kind,
                outcome=outcome,
                user=ask.user,
                channel=ask.channel,
                wait_ms=round((started - received.at) * 1000, 1),
                answer_ms=round((ended - started) * 1000, 1),
            )

    def _language(self, ask: Ask, facts: UserFacts | None) -> str:
        if given := ask.asked or ask.rating:
            return given.language
        return self._answering.language(ask.text, facts.locale if facts else "")

    def _answer(
        self,
        ask: Ask,
        language: str,
        facts: UserFacts | None,
        is_allowed: Callable[[], None],
        opened: Opened | None = None,
    ) -> tuple[str, str]:
        """Answer, and return (kind of question, outcome).

        Args:
            is_allowed: to be called once it is known that the asker gets an answer.
            opened: the form that was opened for it.
        """
        policy, place = self._policy, self._place(ask)
        refusal = policy.refusal(Asker(ask.user, _teams(ask, place, facts)), place)
        if refusal is not None:
            self._refuse(ask, refusal, language)
            return "", "refused"
        if ask.surface in self._pages:
            return ask.surface, self._pages[ask.surface](ask, language)
        if ask.rating is not None:
            return ask.rating.kind, self._rate(ask, ask.rating)
        if ask.surface.is_button and ask.asked is None:
            self._tell(ask, "old-button", language)
            return "", "old-button"
        if ask.surface is Surface.SHARE and not policy.can_share(place):
            self._refuse(ask, Refusal.SHARED_UNKNOWN, language)
            return "", "refused"
        is_allowed()
        asking = Asking(ask, language, _teams(ask, place, facts), facts.zone if facts else "")
        if self._orders is not None and (order := self._orders.order_in(ask)) is not None:
            return "order", self._orders.follow(order, asking, opened)
        asked = ask.asked or self._answering.asked(ask.text, language)
        answered = self._answering.ask(asked, self._keeping.before(ask))
        self._keeping.remember(ask, answered)
        if self._orders is not None and answered.order is not None:
            outcome = self._orders.follow(answered.order, asking, opened)
            if answered.is_order:
                return "order", outcome
        self._send(ask, answered, can_share=answered.is_report and ask.is_private and policy.can_share(place))
        self._keeping.note_unanswered(ask, answered)
        return answered.kind, "answered"

    def _rate(self, ask: Ask, rating: Rating) -> str:
        """Keep a verdict, thank for it, and return the outcome."""
        is_kept = self._keeping.rate(ask, rating)
        self._tell(ask, f"rated-{'good' if rating.is_good else 'bad'}" if is_kept else "rated-not", rating.language)
        return "rated" if is_kept else "not-kept"

    def _tell(self, ask: Ask, key: str, language: str) -> None:
        self._replies.private(ask, self._draw(notice.note(key, self._catalogue(language)), language))

    def _send(self, ask: Ask, answered: Answered, *, can_share: bool) -> None:
        document, asked = answered.document, answered.asked
        catalogue = self._catalogue(asked.language)
        if answered.file is not None:
            comment = self._draw(document, asked.language).text
            self._replies.upload(ask, answered.file.name, answered.file.content, comment)
            if ask.is_posted:
                return  # the comment of the file is the answer
            document, can_share = notice.sent(True, answered.file.name, document, catalogue), False
        if answered.picture is not None and not ask.is_posted and ask.surface is not Surface.SHARE:
            document = notice.picture_follows(document, catalogue)
        if ask.surface is Surface.SHARE:
            document = notice.shared(ask.user, document, catalogue)
        rating = self._rating(ask, answered) if answered.is_report and self._keeping.takes_ratings else None
        message = self._answering.draw(document, asked, can_share=can_share, rating=rating)
        try:
            self._replies.answer(ask, message)
        except SlackError as error:
            if ask.surface not in (Surface.MENTION, Surface.PAGE, Surface.SHARE):
                raise  # every other way was tried already
            _log.warning("not sent where it was asked", error=error.key, code=error.values.get("code"))
            self._replies.private(ask, self._answering.draw(notice.elsewhere(error, document, catalogue), asked))
            return  # where its answer is not taken, a picture is not, either
        if answered.picture is not None:
            self._send_picture(ask, answered.picture, asked.language)

    def _send_picture(self, ask: Ask, picture: Picture, language: str) -> None:
        """Send a picture after its answer; where Slack does not take it, the asker is told why."""
        try:
            self._replies.upload(ask, picture.name, picture.draw(), picture.title, picture.alt)
        except SlackError as error:
            _log.warning("picture not sent", error=error.key, code=error.values.get("code"))
            self._replies.private(ask, self._draw(notice.picture_failed(error, self._catalogue(language)), language))

    def _rating(self, ask: Ask, answered: Answered) -> Rating:
        """Return what a verdict is about; of a message that somebody else wrote only what was understood of it."""
        rating = replace(answered.rating, asker=ask.user)
        return replace(rating, question=rating.words) if ask.surface is Surface.SHORTCUT else rating

    def _refuse(self, ask: Ask, refusal: Refusal, language: str) -> None:
        _log.info("refused", reason=refusal, user=ask.user, channel=ask.channel)
        self._replies.private(ask, self._draw(notice.refused(refusal, self._catalogue(language)), language))

    def _place(self, ask: Ask) -> Place:
        is_shared = ask.is_shared
        if is_shared is None and not ask.is_direct:
            # What everybody is to read must not rest on what Slack said of the channel some minutes ago; a page takes
            # the place of what they read already.
            is_fresh = ask.surface in (Surface.MENTION, Surface.SHARE)
            facts = self._directory.channel(ask.channel, is_fresh=is_fresh)
            is_shared = facts.is_shared if facts else None
        return Place(ask.channel, ask.is_direct, is_shared, ask.is_private)

    def _catalogue(self, language: str) -> Catalogue:
        return self._answering.catalogue(language)

    def _draw(self, document: Document, language: str) -> Message:
        return self._answering.draw(document, Asked("help", language))


def _teams(ask: Ask, place: Place, facts: UserFacts | None) -> frozenset[str]:
    """Return the asker's home: as Slack says when asked, else as the payload says, else by where they are."""
    if facts and facts.teams:
        return facts.teams
    # The workspace of a command or a click is where it was typed or clicked, by whomever.
    return ask.teams or (ask.workspaces if place.is_shared is False else frozenset())
