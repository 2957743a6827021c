"""What is kept of a conversation: what it was about, what people think of answers, which questions had none."""

from bot.core.buttons import Rating
from bot.core.kept import Feedback, Remembered, Unanswered
from handlers.answering import Answered
from handlers.asks import Ask, Surface
from handlers.ports import Choices, Deliveries, FeedbackStore, ThreadMemory

#: Kinds that do not change what a conversation is about.
_ASIDES = frozenset({"courtesy", "out-of-scope", "clarify", "help"})


class Keeping:
    """Recalls before an answer and keeps after it. Nothing here fails: what cannot be kept costs no answer."""

    def __init__(
        self, threads: ThreadMemory, feedback: FeedbackStore, deliveries: Deliveries, choices: Choices
    ) -> None:
        self._threads = threads
        self._feedback = feedback
        self._deliveries = deliveries
        self._choices = choices

    @property
    def takes_ratings(self) -> bool:
        """Whether a verdict on an answer could be kept."""
        return self._feedback.is_on

    def is_new(self, ask: Ask) -> bool:
        """Claim a delivery that Slack may repeat, also for a process that comes after this one."""
        return not ask.surface.is_event or self._deliveries.is_new(ask.keys)

    def before(self, ask: Ask) -> str:
        """Return words that ask again what the conversation was about last; empty when that is not known.

        A thread in a direct conversation carries on what was said beside it. Commands and buttons stand for themselves.
        """
        if not ask.surface.is_event:
            return ""
        threads = dict.fromkeys((ask.thread_ts or "", "")) if ask.is_direct else (ask.thread_ts or "",)
        found = (self._threads.recall(ask.channel, thread) for thread in threads)
        return next((said.words for said in found if said is not None), "")

    def remember(self, ask: Ask, answered: Answered) -> None:
        """Keep what a conversation is about now; before the answer is sent, since whoever reads it may ask on."""
        rating = answered.rating
        if ask.surface.is_event and rating.words and rating.kind not in _ASIDES and answered.why is None:
            said = Remembered(ask.user, rating.kind, rating.words, rating.language)
            self._threads.remember(ask.channel, ask.thread_ts or "", said)

    def note_unanswered(self, ask: Ask, answered: Answered) -> None:
        """Keep a question in people's own words that had no answer. After the answer was sent."""
        rating = answered.rating
        if answered.why is not None and ask.asked is None and ask.surface is not Surface.SHORTCUT:
            self._feedback.note_unanswered(Unanswered(ask.user, rating.language, rating.question, answered.why))

    def namespaces(self, ask: Ask) -> tuple[str, ...] | None:
        """Return the namespaces of somebody's Home, as just chosen or as kept; None where none can be kept."""
        if ask.chosen is not None:
            self._choices.choose(ask.user, ask.chosen)
        return self._choices.chosen(ask.user)

    def rate(self, ask: Ask, rating: Rating) -> bool:
        """Keep a verdict; False when it was not kept."""
        feedback = Feedback(
            user=ask.user,
            key=f"{ask.channel}:{ask.message_ts or ''}",
            language=rating.language,
            question=rating.question,
            kind=rating.kind,
            words=rating.words,
            is_good=rating.is_good,
        )
        return self._feedback.rate(feedback)
