"""Orders about exceptions: which findings are accepted until when, by whom, and what is listed of that."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

import structlog
from msgspec.structs import replace

from bot.core.buttons import Asked
from bot.core.exception_orders import find_accepted
from bot.core.exceptions import (
    LONGEST,
    REASON_CHARS,
    Acceptance,
    DayProblem,
    State,
    day_problem,
    fingerprint,
    overlay,
    standings,
)
from bot.core.masking import READ_CHARS, masked
from bot.core.orders import Order, Verb
from bot.core.rules import RULES
from bot.core.seen import Seen
from bot.core.subscription_words import Problem, read_date
from bot.core.targets import find, full_names, near, near_targets
from bot.core.view import ClusterView, Workload
from bot.render.document import Document
from bot.render.messages import Catalogue
from bot.render.views import exceptions
from handlers.answering import Answering
from handlers.ports import Acceptances
from handlers.replies import Replies
from handlers.room import Asking, RefusedError, Room
from handlers.telling import Telling

_log = structlog.get_logger(__name__)


class Excepting:
    """Follows orders about exceptions; one instance serves any number of threads.

    Args:
        view: the newest view, None before the first; waits for nothing.
        seen: when a view was read, and what of it was not.
        export: returns exceptions as YAML.
        now: the time, aware.
    """

    def __init__(
        self,
        answering: Answering,
        replies: Replies,
        telling: Telling,
        room: Room,
        acceptances: Acceptances,
        view: Callable[[], ClusterView | None],
        seen: Callable[[ClusterView], Seen],
        export: Callable[[Sequence[Acceptance], datetime], str],
        now: Callable[[], datetime],
    ) -> None:
        self._answering = answering
        self._replies = replies
        self._telling = telling
        self._room = room
        self._acceptances = acceptances
        self._view = view
        self._seen = seen
        self._export_as = export
        self._now = now

    def follow(self, order: Order, asking: Asking) -> str:
        """Follow an order, tell all concerned, and return the outcome.

        Raises: RefusedError: it is not theirs to give, or cannot be followed; StoreError; SlackError.
        """
        catalogue = self._answering.catalogue(asking.language)
        if order.problem is not None:
            filled, codes = self._filled(order)
            raise _wrong(exceptions.problem(order.problem, filled, catalogue, codes))
        if order.verb is Verb.EXCEPT_HELP:
            self._telling.answer(asking, exceptions.how(catalogue))
            return "answered"
        if order.verb is Verb.EXCEPT_SHOW:
            return self._show(order.target, asking, catalogue)
        if order.verb is Verb.EXCEPT_EXPORT:
            return self._export(asking, catalogue)
        self._room.check_admin(asking.ask.user, catalogue)
        if not asking.ask.is_direct:  # what is accepted is told to everybody there
            self._room.check(asking, catalogue)
        follow = self._accept if order.verb is Verb.EXCEPT else self._end
        follow(order, asking, catalogue)
        return "changed"

    def _show(self, target: str, asking: Asking, catalogue: Catalogue) -> str:
        every, view = self._acceptances.accepted(), self._view()
        accepted = find_accepted(every, target, "") if target else every
        if target and every and not accepted:
            self._telling.answer(asking, exceptions.none_for(target, [each.subject for each in every], catalogue))
        elif view is None:
            self._telling.answer(asking, exceptions.unseen(accepted, catalogue, self._now().astimezone(UTC).date()))
        else:
            found = standings(view, accepted, self._today(view))
            self._telling.answer(asking, exceptions.listing(found, self._seen(view), catalogue))
        return "answered"

    def _export(self, asking: Asking, catalogue: Catalogue) -> str:
        accepted, now = self._acceptances.accepted(), self._now()
        name = f"unshim-exceptions-{now:%Y-%m-%dT%H%MZ}.yaml"
        document = exceptions.exported(len(accepted), name, catalogue)
        message = self._answering.draw(document, Asked("except show", asking.language))
        self._replies.upload(asking.ask, name, self._export_as(accepted, now).encode(), message.text)
        if not asking.ask.is_posted:
            self._replies.private(asking.ask, message)
        return "answered"

    def _accept(self, order: Order, asking: Asking, catalogue: Catalogue) -> None:
        view = self._view()
        if view is None:
            raise RefusedError(exceptions.told("no-view", catalogue))
        until = self._until(order, self._today(view), catalogue)
        codes = sorted({rule.code for rule in RULES} | {f.code for w in view.with_findings for f in w.findings})
        if order.code not in codes:
            raise _wrong(exceptions.unknown_code(order.code, near(order.code, codes), catalogue))
        workload = self._workload(view, order.target, catalogue)
        seen = fingerprint(workload, order.code)
        found = [finding for finding in workload.findings if finding.code == order.code]
        if seen is None or not any(finding.is_listed for finding in found):
            raise _wrong(exceptions.no_finding(workload, order.code, catalogue, is_info=bool(found)))
        ask = asking.ask
        reason = masked(order.note, 2 * READ_CHARS)  # which may be longer
        if len(reason) > REASON_CHARS:
            long = Problem("except-long", str(REASON_CHARS))
            raise _wrong(exceptions.problem(long, replace(order, note=""), catalogue))
        acceptance = Acceptance(workload.key, order.code, reason, ask.user, until, self._now(), seen)
        earlier = self._acceptances.accept(acceptance, asking.actor)
        left = self._left(view, workload)
        self._telling.tell(asking, exceptions.accepted(None, acceptance, earlier, left, catalogue))
        self._telling.announce(asking, exceptions.accepted(ask.user, acceptance, earlier, left, catalogue))

    def _filled(self, order: Order) -> tuple[Order, list[str]]:
        """Return an order with the code it can only mean, and the codes of what is found where it has none."""
        view = self._view()
        workloads = find(view, order.target)[0] if view is not None and order.target and not order.code else ()
        if order.verb is not Verb.EXCEPT or len(workloads) != 1:
            return order, []
        codes = list(dict.fromkeys(f.code for f in workloads[0].findings if f.is_listed and f.excepted is None))
        return replace(order, code=codes[0]) if len(codes) == 1 else order, codes

    def _left(self, view: ClusterView, workload: Workload) -> list[str]:
        """Return the codes of a workload's findings that nobody accepted."""
        accepted = [each for each in self._acceptances.accepted() if each.key == workload.key]
        shown = overlay(replace(view, workloads=(workload,)), accepted, self._today(view)).workloads[0]
        return [finding.code for finding in shown.findings if finding.is_listed and finding.excepted is None]

    def _end(self, order: Order, asking: Asking, catalogue: Catalogue) -> None:
        accepted = self._acceptances.accepted()
        found = find_accepted(accepted, order.target, order.code)
        if len(found) > 1:
            raise _wrong(exceptions.several(order.target, [each.subject for each in found], catalogue))
        ended = self._acceptances.end(found[0].key, found[0].code, asking.actor) if found else None
        if ended is None:
            names = [each.subject for each in find_accepted(accepted, order.target, "") or accepted]
            raise _wrong(exceptions.none_such(order.target, order.code, names, catalogue))
        view = self._view()
        held = view is None or standings(view, (ended,), self._today(view))[0].state is State.HOLDS
        self._telling.tell(asking, exceptions.ended(None, ended, catalogue, held=held))
        self._telling.announce(asking, exceptions.ended(asking.ask.user, ended, catalogue, held=held))

    def _until(self, order: Order, today: date, catalogue: Catalogue) -> date:
        day = read_date(order.day)
        if not isinstance(day, Problem) and (wrong := day_problem(day, today)) is not None:
            is_past = wrong is DayProblem.PAST
            day = Problem("date-past", order.day) if is_past else Problem("except-late", (today + LONGEST).isoformat())
        if isinstance(day, Problem):
            raise _wrong(exceptions.problem(day, replace(order, day=""), catalogue))
        return day

    def _workload(self, view: ClusterView, target: str, catalogue: Catalogue) -> Workload:
        """Return the one workload that is meant. Raises: RefusedError: there is none, or more than one."""
        workloads, _ = find(view, target)
        if len(workloads) > 1:
            raise _wrong(exceptions.several(target, full_names(workloads), catalogue))
        if not workloads:
            names = [name for name in near_targets(view, target) if not name.startswith("node/")]
            raise _wrong(exceptions.unknown_workload(target, names, catalogue, is_whole=view.is_complete))
        return workloads[0]

    def _today(self, view: ClusterView) -> date:
        return view.clock.date() if view.clock else self._now().astimezone(UTC).date()


def _wrong(document: Document) -> RefusedError:
    return RefusedError(document, "wrong")
