"""What is shown without a question: the Home, what to ask, and that a question is being looked at."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from cachetools import TTLCache

from bot.core.buttons import PROMPTS
from bot.render.messages import Catalogue
from bot.render.text import plain
from handlers.answering import Answering
from handlers.asks import Ask
from handlers.keeping import Keeping
from handlers.ports import Assistant
from handlers.replies import Replies

#: A Home that was shown a moment ago is not made again: people go back and forth between tabs.
FRESH_SECONDS = 60
REMEMBER_ENTRIES = 10_000

#: An answer that takes longer than this is announced.
LOOKING_SECONDS = 0.5


class HomeTab:
    """Shows people their Home."""

    def __init__(self, answering: Answering, keeping: Keeping, replies: Replies) -> None:
        self._answering = answering
        self._keeping = keeping
        self._replies = replies
        self._lock = threading.Lock()
        self._shown: TTLCache[str, None] = TTLCache(REMEMBER_ENTRIES, FRESH_SECONDS)

    def show(self, ask: Ask, language: str) -> str:
        """Show it, and return the outcome: ``answered``, or ``fresh`` when it was shown within the minute.

        Raises: BotError: the cluster was never read, or Slack does not take it.
        """
        with self._lock:
            if ask.chosen is None and ask.user in self._shown:
                return "fresh"
            self._shown[ask.user] = None
        try:
            self._replies.answer(ask, self._answering.home(language, self._keeping.namespaces(ask)))
        except Exception:  # raised again; whatever it was, it was not shown: the next opening must not find it fresh
            with self._lock:
                self._shown.pop(ask.user, None)
            raise
        return "answered"


class Prompts:
    """Offers questions to who opens the conversation with the bot."""

    def __init__(self, assistant: Assistant, catalogue: Callable[[str], Catalogue]) -> None:
        self._assistant = assistant
        self._catalogue = catalogue

    def show(self, ask: Ask, language: str) -> str:
        """Offer them, and return the outcome."""
        say = self._catalogue(language).say
        prompts = [
            (plain(say(f"agent.prompt-{number}")), plain(say(f"agent.prompt-{number}-asks")))
            for number in range(1, PROMPTS + 1)
        ]
        self._assistant.suggest(ask.channel, plain(say("agent.prompts")), prompts)
        return "answered"


class Looking:
    """Shows below a question that it is being looked at, when the answer takes longer than a moment.

    Args: seconds: that moment.
    """

    def __init__(
        self, assistant: Assistant, catalogue: Callable[[str], Catalogue], seconds: float = LOOKING_SECONDS
    ) -> None:
        self._assistant = assistant
        self._catalogue = catalogue
        self._seconds = seconds

    def at(self, ask: Ask, language: str) -> AbstractContextManager[Callable[[], None]]:
        """Begin to wait for the answer; to be left when it was sent.

        What it gives is to be called once it is known that the asker gets an answer: others are told of no looking.
        """
        ts = ask.thread_ts or ask.said_ts
        if not ask.surface.is_event or ts is None:
            return nullcontext(lambda: None)
        is_allowed, is_done, is_shown = threading.Event(), threading.Event(), threading.Event()

        def show() -> None:
            status = plain(self._catalogue(language).say("agent.looking"))
            is_allowed.wait()
            if not is_done.is_set() and self._assistant.show(ask.channel, ts, status):
                is_shown.set()
                if is_done.is_set():  # the answer was sent meanwhile
                    self._assistant.show(ask.channel, ts, "")

        timer = threading.Timer(self._seconds, show)
        timer.daemon = True
        timer.start()

        @contextmanager
        def until_answered() -> Iterator[Callable[[], None]]:
            try:
                yield is_allowed.set
            finally:
                is_done.set()
                is_allowed.set()  # nobody waits for it any more
                timer.cancel()
                if is_shown.is_set():
                    self._assistant.show(ask.channel, ts, "")

        return until_answered()
