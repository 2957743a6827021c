"""The store as the listeners see it: no failure of it costs an answer. Each is logged, and the store tried again."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

import structlog

from bot.adapters.store.rows import Rows
from bot.adapters.work import WorkQueue
from bot.core.kept import Feedback, Remembered, Unanswered
from bot.errors import StoreError

#: Longest an answer waits for one thing to be kept or recalled. The database's own limits are those of each statement,
#: and one that froze keeps none of them.
DEADLINE_SECONDS = 2.0

#: Longest a change is waited for beyond that, once it is being made lasting: whoever made it must learn its end.
COMMIT_SECONDS = 8.0

#: Longest the start waits for the tables.
OPEN_SECONDS = 10.0

#: Things done at the same time, and that may wait for it.
WORKERS, WAITING = 4, 64

#: Pause before a store that failed is tried again, on a thread of its own: no answer waits for that.
RETRY_SECONDS = 15.0

_T = TypeVar("_T")

_log = structlog.get_logger(__name__)


class Commit:
    """Lets a change become lasting only while somebody waits to be told of it: called last in its transaction."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._lock = threading.Lock()
        self._is_given_up = False
        self._is_begun = False

    def __call__(self) -> None:
        """Begin to make it lasting. Raises: StoreError: nobody waits for it any more."""
        with self._lock:
            if self._is_given_up:
                raise StoreError("store-failed", place=self._place, reason="too late")
            self._is_begun = True

    def give_up(self) -> bool:
        """Wait for it no more; False when it is being made lasting already."""
        with self._lock:
            self._is_given_up = not self._is_begun
            return self._is_given_up


class Store:
    """Keeps things for the listeners; no method raises, and none takes longer than the deadline.

    Args:
        clock: monotonic seconds.
    """

    def __init__(
        self,
        rows: Rows,
        clock: Callable[[], float] = time.monotonic,
        retry_seconds: float = RETRY_SECONDS,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._rows = rows
        self._clock = clock
        self._retry_seconds = retry_seconds
        self._deadline_seconds = deadline_seconds
        self._work = WorkQueue(WORKERS, WAITING)
        self._lock = threading.Lock()
        self._is_up = False
        self._is_trying = False
        self._is_closed = False
        self._retry_at = clock()

    @property
    def is_up(self) -> bool:
        """Whether the database did what was asked of it last; one that did not is tried again."""
        if not self._is_up:
            self._try_again()
        return self._is_up

    @property
    def is_on(self) -> bool:
        """Whether feedback can be kept."""
        return self.is_up and self._rows.keeps_feedback

    def start(self, seconds: float = OPEN_SECONDS) -> None:
        """Open it, and wait for that for so long; what takes longer goes on in a thread of its own."""
        self._is_trying = True
        thread = threading.Thread(target=self._reopen, name="store", daemon=True)
        thread.start()
        thread.join(seconds)

    def open(self) -> None:
        """Bring the tables up to date; what that costs is waited for."""
        try:
            self._rows.prepare()
            self._rows.purge()
        except StoreError as error:
            self._went_down("open", error)
            return
        with self._lock:
            self._is_up = not self._is_closed
        if self._is_up:
            _log.info("store opened", place=self._rows.place)
        else:  # closed in the meantime
            self._rows.close()

    def close(self) -> None:
        """Close its connections."""
        with self._lock:
            self._is_closed = True
            self._is_up = False
        self._work.close(self._deadline_seconds)
        self._rows.close()

    def rate(self, feedback: Feedback) -> bool:
        """Keep a verdict; False when it was not kept."""

        def rate() -> bool:
            self._rows.rate(feedback)
            return True

        return self.is_on and self._do("rate", rate, instead=False)

    def note_unanswered(self, unanswered: Unanswered) -> None:
        """Keep or count a question without an answer."""
        if self.is_on:
            self._do("note", lambda: self._rows.note_unanswered(unanswered), instead=None)

    def recall(self, channel: str, thread: str) -> Remembered | None:
        """Return what a thread was about last."""
        return self._do("recall", lambda: self._rows.recall(channel, thread), instead=None)

    def remember(self, channel: str, thread: str, said: Remembered) -> None:
        """Keep what a thread is about now."""
        self._do("remember", lambda: self._rows.remember(channel, thread, said), instead=None)

    def chosen(self, user: str) -> tuple[str, ...] | None:
        """Return the namespaces somebody chose for their Home; None when that is not known."""
        return self._do("chosen", lambda: self._rows.chosen(user), instead=None)

    def choose(self, user: str, namespaces: Sequence[str], order: str) -> None:
        """Keep the namespaces somebody chose for their Home, unless they have chosen since."""
        self._do("choose", lambda: self._rows.choose(user, namespaces, order), instead=None)

    def is_new(self, keys: Sequence[str]) -> bool:
        """Claim a delivery."""
        return self._do("claim", lambda: self._rows.claim(keys), instead=True)

    def look(self, what: str, action: Callable[[], _T]) -> _T:
        """Return what an action reads. Raises: StoreError: it fails, or takes longer than the deadline."""
        return self._demand(what, action, None)

    def change(self, what: str, action: Callable[[Commit], _T]) -> _T:
        """Return what an action returns that changes something, and calls what it is given before that is lasting.

        Raises: StoreError: nothing was changed; or, ``store-unsure``, nobody can tell.
        """
        commit = Commit(self._rows.place)
        return self._demand(what, lambda: action(commit), commit)

    def _demand(self, what: str, action: Callable[[], _T], commit: Commit | None) -> _T:
        if not self._is_up:
            self._try_again()
            raise StoreError("store-failed", place=self._rows.place, reason="it failed a moment ago")
        try:
            return self._in_time(action, commit)
        except StoreError as error:
            if error.key == "store-refused":
                _log.error("not kept", what=what, **error.values)
            else:
                self._went_down(what, error)
            raise

    def _do(self, what: str, action: Callable[[], _T], instead: _T) -> _T:
        if not self._is_up:
            self._try_again()
            return instead
        try:
            return self._in_time(action)
        except StoreError as error:
            if error.key == "store-refused":  # this row alone
                _log.error("not kept", what=what, **error.values)
            else:
                self._went_down(what, error)
        except Exception as error:  # noqa: BLE001  what is kept costs no answer, however it came to be broken
            _log.error("not kept", what=what, error=type(error).__name__, exc_info=error)
        return instead

    def _in_time(self, action: Callable[[], _T], commit: Commit | None = None) -> _T:
        """Return what an action returns. Raises: StoreError: not within the deadline, or what it raises."""
        result: Future[_T] = Future()

        def run() -> None:
            if not result.set_running_or_notify_cancel():
                return  # nobody waits for it any more: what is newer must not be overwritten
            try:
                result.set_result(action())
            except Exception as error:  # noqa: BLE001  raised again where the result is waited for
                result.set_exception(error)

        if not self._work.offer(run):
            raise StoreError("store-refused", place=self._rows.place, reason="busy")
        try:
            return result.result(self._deadline_seconds)
        except TimeoutError as error:
            result.cancel()
            if commit is not None and not commit.give_up():
                return self._unsure(result)
            reason = f"no answer within {self._deadline_seconds:g} s"
            raise StoreError("store-failed", place=self._rows.place, reason=reason) from error

    def _unsure(self, result: "Future[_T]") -> _T:
        """Wait for what is being made lasting. Raises: StoreError: it does not end, so that nobody can tell."""
        try:
            return result.result(COMMIT_SECONDS)
        except TimeoutError as error:
            raise StoreError("store-unsure", place=self._rows.place, reason="no answer") from error

    def _went_down(self, what: str, error: StoreError) -> None:
        with self._lock:
            self._retry_at = self._clock() + self._retry_seconds
            self._is_up = False
        _log.error(
            "store failed",
            what=what,
            error=error.key,
            **error.values,
            lost="feedback, unanswered questions, follow-ups in threads; questions are answered all the same",
        )

    def _try_again(self) -> None:
        with self._lock:
            if self._is_closed or self._is_up or self._is_trying or self._clock() < self._retry_at:
                return
            self._is_trying = True
        threading.Thread(target=self._reopen, name="store", daemon=True).start()

    def _reopen(self) -> None:
        try:
            self.open()
        except Exception as error:  # noqa: BLE001  else it would be tried again and again without a pause
            _log.error("store not opened", error=type(error).__name__, exc_info=error)
            self._went_down("open", StoreError("store-failed", place=self._rows.place, reason=type(error).__name__))
        finally:
            self._is_trying = False
