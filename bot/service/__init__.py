"""Question to Answer, over ports; knows no Slack, no terminal, no API server."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import inf
from typing import Any, Protocol

from msgspec.structs import replace

from bot.core.answers import (
    AmbiguousAnswer,
    Answer,
    AtRiskAnswer,
    ExportAnswer,
    HelpAnswer,
    HomeAnswer,
    ManageAnswer,
    MilestonesAnswer,
    NamespaceCount,
    NamespaceState,
    NodeAnswer,
    NodesAnswer,
    NotFoundAnswer,
    StatusAnswer,
)
from bot.core.blind import Sight
from bot.core.history import Detail
from bot.core.knowledge import Knowledge
from bot.core.milestones import Milestone, ahead, overdue, states, upcoming, waiting
from bot.core.post_answers import DigestAnswer, DoneAnswer, ReminderAnswer
from bot.core.questions import AtRisk, Explain, Export, Help, Home, Manage, Milestones, Nodes, Question, Status
from bot.core.runtimes import Runtime
from bot.core.seen import Seen
from bot.core.selections import (
    by_minor,
    is_off_docker,
    matches,
    near_pools_and_nodes,
    pod_sums,
    running_on,
)
from bot.core.snapshot import is_whole
from bot.core.targets import find, find_node, full_names, near, near_targets
from bot.core.understand import NO_NAMES, Names
from bot.core.view import ClusterView, NodeFact, Workload, likely, ordered
from bot.errors import BotError, ClusterError
from bot.service.context import Context
from bot.service.explaining import explained
from bot.service.history import History
from bot.service.moves import MOVES
from bot.service.naming import NewestNames
from bot.service.node_past import gone, past_of
from bot.service.past import PAST
from bot.service.people import PEOPLE, filtered
from bot.service.posts import TREND, Digest, Reminder, Told, digest, done, reminder
from bot.service.topics import TOPICS

#: How many namespaces the status names.
WORST_NAMESPACES = 3


#: For so long after the cluster could not be seen every answer says so.
BLIND_TOLD = timedelta(hours=1)

#: What answers the questions that one function can answer.
ANSWERERS: Mapping[type, Callable[[Any, Context], Answer]] = {**MOVES, **PAST, **PEOPLE, **TOPICS}


class ViewSource(Protocol):
    """Where the view comes from: read once for a command line, kept fresh for the bot."""

    def view(self) -> ClusterView:
        """Return the newest view.

        Raises: BotError: there is none.
        """

    def newest(self) -> ClusterView | None:
        """Return the newest view, None when there is none; waits for nothing."""


class Service:
    """Answers questions. One instance serves any number of callers; of state it holds the names of the newest view.

    Args:
        source: the view port.
        knowledge: guides, milestones.
        today: the clock's day, used where the view does not bring its own.
        now: the clock; given where views are kept, so that answers say how old theirs is.
        stale_seconds: age of a view from which answers warn.
        history: earlier reads of the cluster; None where none are kept, and answers say so.
        calendar: returns the milestones as they are to be shown, asked for with every answer that has dates, since a
            team's own dates change while the bot runs; None: those of the knowledge.
        places: the Slack channel or person that an owner is mapped to, by owner.
        sight: returns since when the cluster is watched, when it was not seen, and what changed meanwhile.
    """

    def __init__(
        self,
        source: ViewSource,
        knowledge: Knowledge,
        today: Callable[[], date],
        now: Callable[[], datetime] | None = None,
        stale_seconds: float = inf,
        history: History | None = None,
        calendar: Callable[[], Sequence[Milestone]] | None = None,
        places: Mapping[str, str] | None = None,
        sight: Callable[[], Sight] = Sight,
    ) -> None:
        self._source = source
        self._knowledge = knowledge
        self._today = today
        self._now = now
        self._stale_seconds = stale_seconds
        self._history = history
        self._calendar = calendar or (lambda: knowledge.calendar)
        self._places = places or {}
        self._sight = sight
        self._names = NewestNames()

    def ask(self, question: Question, language: str) -> Answer:
        """Return the answer; ``language`` only chooses among guides, every fact is the same in each.

        Raises: BotError: the cluster could not be read, and the question needs it.
        """
        answerers: dict[type, Callable[[Any, str], Answer]] = {
            Status: self._status,
            Nodes: self._nodes,
            AtRisk: self._at_risk,
            Explain: self._explain,
            Milestones: self._milestones,
            Export: self._export,
            Home: self._home,
            Help: lambda question, language: HelpAnswer(question),
            Manage: lambda question, language: ManageAnswer(question),
        }
        kind = type(question)
        if kind in answerers:
            return answerers[kind](question, language)
        return ANSWERERS[kind](question, self._context(language))

    def digest(self, question: Digest, language: str) -> tuple[DigestAnswer, Detail]:
        """Return a digest, and the read it is made from. Raises: BotError: the cluster was never read."""
        trend = self.ask(TREND, language) if self._history is not None else None
        return digest(question, self._context(language), trend)

    def reminder(self, question: Reminder, language: str) -> ReminderAnswer:
        """Return a reminder. Raises: BotError: the cluster was never read."""
        return reminder(question, self._context(language))

    def calendar(self) -> Sequence[Milestone]:
        """Return the milestones, the team's own dates laid over them."""
        return self._calendar()

    def done(self, question: Told, language: str) -> DoneAnswer | None:
        """Return that all a reminder told of is done, None where it is not. Raises: BotError: there is no view."""
        return done(question, self._context(language))

    def names(self) -> Names:
        """Return the names of the newest view; none where it could not be read."""
        try:
            view = self._source.view()
        except BotError:
            return NO_NAMES
        return self._names.of(view)

    def namespaces(self) -> tuple[str, ...]:
        """Return the namespaces of the newest view, sorted; none before the first. Waits for nothing."""
        view = self._source.newest()
        return tuple(sorted(view.namespaces)) if view is not None else ()

    def newest(self) -> ClusterView | None:
        """Return the newest view, None before the first. Waits for nothing."""
        return self._source.newest()

    def view(self) -> ClusterView:
        """Return the newest view, for reports that print all of it."""
        return self._source.view()

    def _status(self, question: Status, language: str) -> Answer:
        view = self.view()
        if question.target is None:
            return self._status_of(view, view.nodes, None)
        nodes = tuple(node for node in view.nodes if node.pool == question.target)
        if nodes:
            return self._status_of(view, nodes, question.target)
        if node := find_node(view, question.target):
            return self._node(node, view, language)
        if not view.nodes_known:  # the pool or node may well be there: say what is not known, not that it is not there
            return self._status_of(view, (), None)
        names = near_pools_and_nodes(view, question.target)
        return NotFoundAnswer(self.seen(view), "status-target", question.target, names)

    def _home(self, question: Home, language: str) -> Answer:
        view = self.view()
        states = tuple(
            NamespaceState(
                name,
                name in view.namespaces,
                tuple(workload for workload in view.at_risk if workload.key.namespace == name),
                tuple(workload for workload in view.to_check if workload.key.namespace == name),
                tuple(workload for workload in view.excepted if workload.key.namespace == name),
            )
            for name in question.namespaces
        )
        return HomeAnswer(self.seen(view), self._status_of(view, view.nodes, None), states)

    def _status_of(self, view: ClusterView, nodes: tuple[NodeFact, ...], pool: str | None) -> StatusAnswer:
        at_risk, to_check, excepted = view.at_risk, view.to_check, view.excepted
        concerned = view.with_findings
        if pool is not None:
            inside = {node.name for node in nodes}
            at_risk, to_check, excepted = (running_on(some, inside) for some in (at_risk, to_check, excepted))
            concerned = running_on(concerned, inside)
        namespaces = Counter(workload.key.namespace for workload in at_risk)
        checks = Counter(workload.key.namespace for workload in to_check)
        worst = sorted(namespaces, key=lambda name: (-namespaces[name], -checks[name], name))
        dates = states(self._calendar(), nodes, self._day(view), concerned)
        exposed, off_docker, unknown = pod_sums(view, at_risk, nodes, pool)
        return StatusAnswer(
            seen=self.seen(view),
            version=view.version,
            provider=view.provider,
            pool=pool,
            nodes_known=view.nodes_known,
            nodes=len(nodes),
            by_runtime=tuple((str(name), n) for name, n in ordered(Counter(node.runtime for node in nodes)).items()),
            by_minor=by_minor(nodes),
            not_ready=tuple(node.name for node in nodes if node.is_ready is not True),
            pools=view.pools,
            at_risk=at_risk,
            to_check=to_check,
            exposed=exposed,
            off_docker=off_docker,
            exposure_unknown=unknown,
            worst_namespaces=tuple(
                NamespaceCount(name, namespaces[name], checks[name]) for name in worst[:WORST_NAMESPACES]
            ),
            namespaces_at_risk=len(namespaces),
            next_milestone=upcoming(dates),
            waiting_milestone=waiting(dates),
            overdue_milestones=overdue(dates),
            likely=likely(nodes),
            excepted=excepted,
        )

    def _nodes(self, question: Nodes, language: str) -> Answer:
        view = self.view()
        pool = question.pool
        if pool is not None and not any(node.pool == pool for node in view.nodes):
            if find_node(view, pool):
                question = replace(question, pool=None, name=pool)
            elif view.nodes_known:
                return NotFoundAnswer(self.seen(view), "filter", pool, near_pools_and_nodes(view, pool))
        if question.name is not None and view.nodes_known and not find_node(view, question.name):
            names = near(question.name, (node.name for node in view.nodes))
            return NotFoundAnswer(self.seen(view), "node", question.name, names)
        found = [node for node in view.nodes if matches(node, question)]
        found.sort(key=lambda node: (not node.runtime.is_docker, node.pool or "", node.name))
        later = None if found else ahead(self._calendar(), question.version, view.nodes, view.version)
        return NodesAnswer(self.seen(view, "nodes"), question, view.nodes_known, len(view.nodes), tuple(found), later)

    def _at_risk(self, question: AtRisk, language: str) -> Answer:
        if question.workload is not None:
            return self._explain(Explain(question.workload), language)
        if question.owner or question.code or question.pool:
            return filtered(question, self._context(language))
        view = self.view()
        namespace = question.namespace
        if namespace is not None and namespace not in view.namespaces and namespace.lower() in view.namespaces:
            namespace = namespace.lower()  # names have no capitals in Kubernetes, but phones begin with one
        if namespace is not None and namespace not in view.namespaces:
            workloads, _ = find(view, namespace)
            if workloads:
                return self._explain(Explain(namespace), language)
            return NotFoundAnswer(self.seen(view), "namespace", namespace, near(namespace, view.namespaces))
        total = len(view.workloads)
        if namespace is not None:
            total = sum(workload.key.namespace == namespace for workload in view.workloads)

        def inside(workloads: Iterable[Workload]) -> tuple[Workload, ...]:
            return tuple(each for each in workloads if namespace in (None, each.key.namespace))

        at_risk, to_check, excepted = inside(view.at_risk), inside(view.to_check), inside(view.excepted)
        info = tuple(workload for workload in inside(view.with_findings) if workload.is_info)
        off = is_off_docker(view)
        listed = (*at_risk, *to_check, *excepted)
        places = self._context(language).places_of(listed)
        return AtRiskAnswer(
            self.seen(view), namespace, at_risk, to_check, info, total, off, excepted=excepted, places=places
        )

    def _explain(self, question: Explain, language: str) -> Answer:
        view = self.view()
        workloads, nodes = find(view, question.target)
        if len(workloads) + len(nodes) > 1:
            names = (*full_names(workloads), *(f"node/{node.name}" for node in nodes))
            return AmbiguousAnswer(self.seen(view), question.target, names)
        if nodes:
            return self._node(nodes[0], view, language)
        if workloads:
            return explained(workloads[0], self._context(language))
        left = gone(question.target, view, self._context(language))
        return left or NotFoundAnswer(self.seen(view), "target", question.target, near_targets(view, question.target))

    def _node(self, node: NodeFact, view: ClusterView, language: str) -> NodeAnswer:
        at_risk: tuple[tuple[Workload, int], ...] = ()
        if node.runtime.is_docker or node.runtime is Runtime.UNKNOWN:
            at_risk = tuple((w, w.nodes[node.name]) for w in view.at_risk if node.name in w.nodes)
        past = past_of(node.name, view, self._context(language))
        return NodeAnswer(self.seen(view), node, at_risk, running_on(view.excepted, {node.name}), past)

    def _milestones(self, question: Milestones, language: str) -> Answer:
        try:
            view = self.view()
        except ClusterError as error:
            # The calendar is true without a cluster; only the marks are missing, and the answer says so.
            today = self._today()
            unread = (error.told_key, error.values)
            return MilestonesAnswer(None, today, False, False, states(self._calendar(), (), today), unread)
        today = self._day(view)
        dates = states(self._calendar(), view.nodes, today, view.with_findings)
        every = is_whole(view.gaps, "nodes") and all(node.runtime is not Runtime.UNKNOWN for node in view.nodes)
        return MilestonesAnswer(self.seen(view), today, view.nodes_known, every, dates)

    def _export(self, question: Export, language: str) -> Answer:
        view = self.view()
        if question.nodes:
            return ExportAnswer(self.seen(view), question, (), view.nodes)
        return ExportAnswer(self.seen(view), question, view.with_findings, ())

    def _context(self, language: str) -> Context:
        return Context(
            view=self.view,
            knowledge=self._knowledge,
            language=language,
            seen=self.seen,
            day=self._day,
            today=self._today,
            calendar=self._calendar,
            moment=self._moment,
            history=self._history,
            places=self._places,
            sight=self._sight,
        )

    def _day(self, view: ClusterView) -> date:
        return view.clock.date() if view.clock else self._today()

    def _moment(self, view: ClusterView) -> datetime:
        return view.clock or (self._now() if self._now is not None else view.as_of)

    def seen(self, view: ClusterView, *kinds: str) -> Seen:
        """Return when a view was read, what of it was not, and how old it is by now: the kinds that matter, or all."""
        age, as_of = None, view.as_of_kinds(*kinds)
        if self._now is not None and view.clock is None:
            age = max((self._now() - as_of).total_seconds(), 0.0)
        is_stale = age is not None and age > self._stale_seconds
        shown = None if age is None else int(age)
        blind = next((time for time in self._sight().blind if self._moment(view) - time.until < BLIND_TOLD), None)
        return Seen(as_of, view.name, view.kinds, view.gaps, shown, is_stale, view.overdue, blind)
