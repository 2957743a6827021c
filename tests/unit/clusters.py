"""Kubernetes objects through the real adapter, judge, service and renderers, as far as a test wants to look."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Unpack

from bot import app
from bot.adapters import knowledge
from bot.adapters.collecting import Collector
from bot.adapters.resources import Resource, resource_table
from bot.core.answers import Answer
from bot.core.assess import Assessor
from bot.core.blind import Blind, Sight
from bot.core.judging import Judging
from bot.core.knowledge import Knowledge
from bot.core.owners import OwnerKeys
from bot.core.pools import PoolTable
from bot.core.questions import Question
from bot.core.snapshot import Cause, Gap, Snapshot
from bot.core.understand import Grammar, Understanding, Understood, normalise, understand
from bot.core.view import ClusterView, Finding, Workload
from bot.render.compose import compose
from bot.render.data import answer_data
from bot.render.messages import Catalogue
from bot.render.mrkdwn import to_mrkdwn
from bot.render.parts import MESSAGE, TERMINAL
from bot.render.text import to_text
from bot.service import Service
from bot.service.history import History
from tests.factories import JsonObject, PodSpec, make_deployment, make_node

AS_OF = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DOCKER = "docker://20.10.24"

#: The HTTP status behind a gap's cause.
STATUS = {Cause.UNAUTHORIZED: 401, Cause.FORBIDDEN: 403, Cause.NOT_SERVED: 404, Cause.SERVER_ERROR: 500}

#: One object, or what `make_dependents` returns.
Objects = JsonObject | list[JsonObject]


@cache
def table() -> tuple[Resource, ...]:
    """Return every resource that is read."""
    return resource_table()


@cache
def known() -> Knowledge:
    """Return guides and calendar as shipped."""
    return knowledge.load_knowledge()


@cache
def pool_table(pool_label: str | None = None) -> PoolTable:
    """Return pools and providers as shipped."""
    return knowledge.load_pools(pool_label)


@cache
def grammar() -> Grammar:
    """Return the command words as shipped."""
    return knowledge.load_grammar()


@cache
def understanding() -> Understanding:
    """Return what reads people's own words, as shipped."""
    return app.understanding(known())


@cache
def catalogue(language: str) -> Catalogue:
    """Return the messages as shipped."""
    return knowledge.load_catalogue(language)


def flat(objects: Iterable[Objects]) -> list[JsonObject]:
    """Return single objects."""
    return [one for item in objects for one in (item if isinstance(item, list) else [item])]


def snapshot_of(
    *objects: Objects,
    unread: Mapping[str, Cause] | None = None,
    gaps: Iterable[Gap] = (),
    owners: OwnerKeys | None = None,
    pool_label: str | None = None,
    version: str | None = "v1.20.15",
) -> Snapshot:
    """Return what is read of a cluster that holds exactly these objects, each kind in one page of its list.

    Args:
        unread: kinds whose list fails, and why; their objects stay unseen.
        gaps: further gaps.
    """
    collector = Collector(owners or OwnerKeys(), pool_table(pool_label))
    by_kind: dict[str, list[JsonObject]] = defaultdict(list)
    for item in flat(objects):
        by_kind[item["kind"]].append(item)
    for resource in table():
        items = by_kind.pop(resource.kind, [])
        if unread and resource.name in unread:
            cause = unread[resource.name]
            collector.add_gap(Gap(resource.name, cause, STATUS.get(cause, 0)))
        else:
            page = {"kind": f"{resource.kind}List", "items": items}
            collector.add_page(resource, json.dumps(page).encode())
    assert not by_kind, f"nothing reads {sorted(by_kind)}"
    for gap in gaps:
        collector.add_gap(gap)
    return collector.snapshot(AS_OF, "test", version)


def assessor(pool_label: str | None = None) -> Assessor:
    """Return the judge with the knowledge as shipped."""
    return Assessor(Judging(pool_table(pool_label), known().agents, known().guide_by_rule))


def view_of(*objects: Objects, pool_label: str | None = None, **options: Any) -> ClusterView:
    """Return the view of a cluster that holds exactly these objects; options as of `snapshot_of`."""
    return assessor(pool_label).assess(snapshot_of(*objects, pool_label=pool_label, **options))


def healthy_nodes() -> list[JsonObject]:
    """Return a dockershim node ``on-docker`` and a containerd node ``off-docker``, both of kubelet 1.20."""
    return [make_node("on-docker", runtime=DOCKER), make_node("off-docker")]


def named(view: ClusterView, name: str, kind: str | None = None) -> Workload:
    """Return the one workload of that name (and kind)."""
    found = [w for w in view.workloads if w.key.name == name and kind in (None, w.key.kind)]
    assert len(found) == 1, f"{name}: {[w.key.full_name for w in view.workloads]}"
    return found[0]


def codes(workload: Workload) -> list[str]:
    """Return the rule codes of a workload's findings, worst first."""
    return [finding.code for finding in workload.findings]


def the_finding(workload: Workload) -> Finding:
    """Return the only finding."""
    assert len(workload.findings) == 1, codes(workload)
    return workload.findings[0]


@dataclass(frozen=True)
class _Seen:
    """The port the service reads views through, with one view behind it."""

    shown: ClusterView

    def newest(self) -> ClusterView | None:
        """Return nothing: no menu is asked for here."""
        return None

    def view(self) -> ClusterView:
        return self.shown


def service(
    view: ClusterView,
    history: History | None = None,
    blind: Sequence[Blind] = (),
    watched_since: datetime | None = None,
) -> Service:
    """Return the service over one view; today is the day the cluster was read.

    Args:
        blind: when it was not seen, the latest first.
    """
    sight = Sight(watched_since, tuple(blind))
    return Service(_Seen(view), known(), today=lambda: AS_OF.date(), history=history, sight=lambda: sight)


def ask(view: ClusterView, text: str, language: str = "en") -> Answer:
    """Return the answer to a text."""
    return service(view).ask(understand(text, grammar()), language)


def text_of(view: ClusterView, text: str, language: str = "en") -> str:
    """Return what a terminal shows for a text."""
    return to_text(compose(ask(view, text, language), catalogue(language), TERMINAL))


def mrkdwn_of(view: ClusterView, text: str, language: str = "en") -> str:
    """Return what Slack shows for a text."""
    document = compose(ask(view, text, language), catalogue(language), MESSAGE)
    return to_mrkdwn(document, catalogue(language), normalise(text))


def json_of(view: ClusterView, text: str, language: str = "en") -> dict[str, Any]:
    """Return what ``ask --json`` prints for a text."""
    question: Question = understand(text, grammar())
    answer = service(view).ask(question, language)
    return answer_data(Understood(question, "command"), text_of(view, text, language), answer, catalogue(language))


def dump_of(*objects: Objects) -> bytes:
    """Return the objects as ``kubectl get … -o json`` writes them."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": flat(objects)}).encode()


def judged(**options: Unpack[PodSpec]) -> Workload:
    """Return a Deployment of the given pod spec as the judge sees it, with nothing else in the cluster."""
    return named(view_of(make_deployment("web", **options)), "web")
