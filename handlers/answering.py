"""From words to a message: understand, ask the service, compose, draw. The same for every surface."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor

from msgspec import Struct
from msgspec.structs import replace

from bot.core.answers import AmbiguousAnswer, Answer, ExportAnswer, HelpAnswer, ManageAnswer, NotFoundAnswer
from bot.core.buttons import Asked, Rating
from bot.core.kept import Why
from bot.core.masking import masked
from bot.core.orders import Order, Verb
from bot.core.people_answers import TrendAnswer
from bot.core.questions import KINDS, Clarify, Help, Home, Manage, OutOfScope, Question
from bot.core.topic_answers import ClarifyAnswer, CourtesyAnswer, OutOfScopeAnswer
from bot.core.understand import Understanding, Understood, language_of, normalise, words_of
from bot.render.blocks import Block, Message, to_message
from bot.render.chart import trend_png
from bot.render.compose import compose, compose_both
from bot.render.csv_ import nodes_csv, workloads_csv
from bot.render.document import Command, Document
from bot.render.home import matching, to_home
from bot.render.messages import Catalogue
from bot.render.parts import SLACK
from bot.render.views.trend import trend_alt, trend_title
from bot.service import Service

_NO_REPORTS = (
    HelpAnswer,
    ManageAnswer,
    NotFoundAnswer,
    AmbiguousAnswer,
    CourtesyAnswer,
    OutOfScopeAnswer,
    ClarifyAnswer,
)


class File(Struct, frozen=True):
    """A file that goes with an answer."""

    name: str
    content: bytes


class Picture(Struct, frozen=True):
    """A picture that goes with an answer, drawn when it is sent: the answer does not wait for it.

    Args:
        title: says what it shows; alt: says it for who cannot see it.
    """

    name: str
    title: str
    alt: str
    draw: Callable[[], bytes]


class Answered(Struct, frozen=True):
    """An answer before it has a place.

    Args:
        rating: what the question was understood as: for a verdict on the answer.
        asked: what asks it again; not the words as typed where those carried a conversation on.
        is_report: whether it tells of the cluster or the way out, and so may be worth showing to others.
        about: kind and words of what a conversation is about now: of several questions the last.
        why: why it is no answer to the question; None when it is.
        order: what was asked in words of somebody's own and is shown where orders are followed; it changes nothing.
        is_order: whether that is all that was asked, and the document says only where it is shown.
    """

    rating: Rating
    document: Document
    asked: Asked
    is_report: bool
    why: Why | None = None
    file: File | None = None
    about: tuple[str, str] = ("", "")
    picture: Picture | None = None
    order: Order | None = None
    is_order: bool = False

    @property
    def kind(self) -> str:
        """The question's stable name."""
        return self.rating.kind


class Answering:
    """Makes answers for Slack; one instance serves any number of threads.

    Args:
        language: ``en`` or ``ko`` for everybody, ``auto`` for the asker's own.
        command: the slash command that answers name.
    """

    def __init__(
        self,
        service: Service,
        understanding: Understanding,
        catalogue: Callable[[str], Catalogue],
        language: str,
        command: str,
    ) -> None:
        self._service = service
        self._understanding = understanding
        self._catalogue = catalogue
        self._language = language
        self._command = command
        # One thread for all charts: drawn on eight, each with what it keeps, they took 100 MiB more and no less time.
        self._drawing = ThreadPoolExecutor(1, "chart")

    def language(self, text: str, locale: str) -> str:
        """Return the language to answer in: the one set, the question's own, the asker's."""
        if self._language != "auto":
            return self._language
        if language_of(text) == "ko" or locale.startswith("ko"):
            return "ko"
        return "en"

    def catalogue(self, language: str) -> Catalogue:
        """Return the messages of a language."""
        return self._catalogue(language)

    def order(self, text: str) -> Order | None:
        """Return what a text orders, None for a question."""
        return self._understanding.order(text)

    def ask(self, asked: Asked, before: str = "") -> Answered:
        """Return the answer.

        Args:
            before: words that ask again what the same conversation was about last; empty when that is not known.

        Raises: BotError: the question needs the cluster, and it was never read.
        """
        earlier = self._understanding.again(before) if before else None
        understood = self._understanding.read(asked.words, self._service.names, earlier)
        # "which exceptions are there, and who owns web?": the one is shown as an order is, the other answered.
        orders = {
            question: order for question in _questions(understood) if (order := self._looking(question)) is not None
        }
        rest = [question for question in _questions(understood) if question not in orders] or [understood.question]
        order = next(iter(orders.values()), None)
        understood = replace(understood, question=rest[0], also=tuple(rest[1:]))
        question = understood.question
        answer = self._service.ask(question, asked.language)
        rating = Rating(asked.words, asked.language, KINDS[type(question)], words_of(question))
        subject = (question, *understood.also)[-1]
        # A button asks what was understood: nothing else that was said beside it, and a thread is not needed again.
        words = masked(asked.words) if understood.also else rating.words or masked(asked.words)
        asked = replace(asked, words=words)
        limits = replace(SLACK, page=asked.page)
        document = compose(answer, self._catalogue(asked.language), limits)
        also = [self._service.ask(other, asked.language) for other in understood.also]
        for other in also:
            document = compose_both(document, compose(other, self._catalogue(asked.language), limits))
        file = _file(answer) if isinstance(answer, ExportAnswer) else None
        is_report = not isinstance(answer, _NO_REPORTS)
        about = (KINDS[type(subject)], words_of(subject))
        picture = _picture((answer, *also), self._catalogue(asked.language), self._drawing)
        why, is_order = _why(question, answer), question in orders
        return Answered(rating, document, asked, is_report, why, file, about, picture, order, is_order)

    def _looking(self, question: Question) -> Order | None:
        """Return the order that shows what a question asks for, None where it is answered otherwise."""
        order = self.order(question.words) if isinstance(question, Manage) else None
        return order if order is not None and order.verb is Verb.EXCEPT_SHOW and order.problem is None else None

    def home(self, language: str, namespaces: tuple[str, ...] | None) -> Message:
        """Return somebody's Home.

        Args:
            namespaces: those they chose; None where no choice can be kept, so that none is offered.

        Raises: BotError: the cluster was never read.
        """
        question = Home(namespaces or ())
        catalogue = self._catalogue(language)
        document = compose(self._service.ask(question, language), catalogue, SLACK)
        return to_home(document, catalogue, Asked(words_of(question), language), namespaces, command=self._command)

    def namespaces(self, query: str) -> list[Block]:
        """Return the options of the menu of namespaces for what somebody typed there."""
        return matching(query, self._service.namespaces())

    def asked(self, text: str, language: str) -> Asked:
        """Return typed words as a question that a button can ask again."""
        return Asked(normalise(text), language)

    def draw(
        self,
        document: Document,
        asked: Asked,
        *,
        can_share: bool = False,
        rating: Rating | None = None,
        whole: Command | None = None,
    ) -> Message:
        """Return a document as a Slack message; what the others are: `bot.render.blocks.to_message`."""
        catalogue = self._catalogue(asked.language)
        return to_message(
            document, catalogue, asked, command=self._command, can_share=can_share, rating=rating, whole=whole
        )


def _questions(understood: Understood) -> tuple[Question, ...]:
    """Return all questions of a message, in their order."""
    return (understood.question, *understood.also)


def _why(question: Question, answer: Answer) -> Why | None:
    """Return why this is no answer to what was asked."""
    match question, answer:
        case Help(unknown=str()), _:
            return Why.NOT_UNDERSTOOD
        case Clarify(), _:
            return Why.ASKED_BACK
        case OutOfScope(reason="other"), _:
            return Why.OUT_OF_SCOPE
        case _, NotFoundAnswer():
            return Why.NOT_FOUND
        case _:
            return None


def _file(answer: ExportAnswer) -> File:
    is_nodes = answer.asked.nodes
    text = nodes_csv(answer.nodes, answer.seen) if is_nodes else workloads_csv(answer.workloads, answer.seen)
    name = f"unshim-{'nodes' if is_nodes else 'workloads'}-{answer.seen.as_of:%Y-%m-%dT%H%MZ}.csv"
    return File(name, text.encode())


def _picture(answers: Sequence[Answer], catalogue: Catalogue, drawing: Executor) -> Picture | None:
    """Return the chart of the first trend among the answers; one of a single day would show nothing."""
    trend = next((found for found in answers if isinstance(found, TrendAnswer) and len(found.points) > 1), None)
    if trend is None:
        return None
    return Picture(
        name=f"unshim-trend-{trend.now.at:%Y-%m-%dT%H%MZ}.png",
        title=trend_title(trend, catalogue),
        alt=trend_alt(trend, catalogue),
        draw=lambda: drawing.submit(trend_png, trend.points, trend.marks).result(),
    )
