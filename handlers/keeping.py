"""What is kept of a conversation: what it was about, what people think of answers, which questions had none."""

from bot.core.buttons import Rating
from bot.core.kept import Feedback, Remembered, Unanswered, Why
from handlers.answering import Answered
from handlers.asks import Ask, Surface
from handlers.ports import Store

#: Kinds that do not change what a conversation is about.
_ASIDES = frozenset({"courtesy", "out-of-scope", "clarify", "help"})


class Keeping:
    """Recalls before an answer and keeps after it. Nothing here fails: what cannot be kept costs no answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def takes_ratings(self) -> bool:
        """Whether a verdict on an answer could be kept."""
        return self._store.is_on

    def is_new(self, ask: Ask) -> bool:
        """Claim a delivery that Slack may repeat, also for a process that comes after this one."""
        return not ask.surface.is_event or self._store.is_new(ask.keys)

    def before(self, ask: Ask) -> str:
        """Return words that ask again what the conversation was about last; empty when that is not known.

        A thread in a direct conversation carries on what was said beside it. Commands and buttons stand for themselves.
        """
        if not ask.surface.is_event:
            return ""
        threads = dict.fromkeys((ask.thread_ts or "", "")) if ask.is_direct else (ask.thread_ts or "",)
        found = (self._store.recall(ask.channel, thread) for thread in threads)
        return next((said.words for said in found if said is not None), "")

    def remember(self, ask: Ask, answered: Answered) -> None:
        """Keep what a conversation is about now; before the answer is sent, since whoever reads it may ask on."""
        # A click in a direct conversation posts its answer there, and so carries it on.
        is_carried = ask.surface.is_event or (ask.surface is Surface.BUTTON and ask.is_posted)
        kind, words = answered.about
        is_subject = kind not in _ASIDES and answered.why in (None, Why.NOT_FOUND)
        if is_carried and is_subject and words:
            said = Remembered(ask.user, kind, words, answered.rating.language)
            self._store.remember(ask.channel, ask.thread_ts or "", said)

    def note_unanswered(self, ask: Ask, answered: Answered) -> None:
        """Keep a question in people's own words that had no answer. After the answer was sent."""
        rating = answered.rating
        if answered.why is not None and ask.asked is None and ask.surface is not Surface.SHORTCUT:
            self._store.note_unanswered(Unanswered(ask.user, rating.language, rating.question, answered.why))

    def namespaces(self, ask: Ask) -> tuple[str, ...] | None:
        """Return the namespaces of somebody's Home, as just chosen or as kept; None where none can be kept."""
        if ask.chosen is not None:
            self._store.choose(ask.user, ask.chosen, ask.chosen_at)
        return self._store.chosen(ask.user)

    def rate(self, ask: Ask, rating: Rating) -> bool:
        """Keep a verdict; False when it was not kept."""
        feedback = Feedback(
            user=ask.user,
            asker=rating.asker,
            key=f"{ask.channel}:{ask.message_ts or ''}",
            language=rating.language,
            question=rating.question,
            kind=rating.kind,
            words=rating.words,
            is_good=rating.is_good,
        )
        return self._store.rate(feedback)
