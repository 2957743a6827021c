"""One node."""

from collections.abc import Sequence

from bot.core.answers import NodeAnswer
from bot.core.runtimes import Grade, Runtime
from bot.core.view import NodeFact, Workload
from bot.render.document import (
    Ask,
    Bullets,
    Command,
    Document,
    Element,
    Facts,
    Line,
    Name,
    Paragraph,
    Table,
    Text,
    Verdict,
)
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, mark, node_state, paged, runtime_phrase, seen, severity
from bot.render.risks import not_counted
from bot.render.views.node_past import history


def compose(answer: NodeAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return what a node runs, and what breaks when it leaves Docker."""
    node = answer.node
    if node.runtime is Runtime.UNKNOWN:
        key = "node.verdict-unknown" if node.runtime_version else "node.verdict-unreported"
        verdict = catalogue.say(key, node=node.name, value=node.runtime_version)
    else:
        verdict = catalogue.say(
            "node.verdict-exposed" if answer.at_risk else "node.verdict",
            n=len(answer.at_risk),
            node=node.name,
            runtime=runtime_phrase(catalogue, node),
            kubelet=node.kubelet_version,
        )
    elements: list[Element] = [Verdict(verdict)]
    if node.grade is not Grade.CERTAIN:
        key = "node.likely" if node.runtime is Runtime.DOCKERSHIM else "node.likely-annotation"
        elements.append(Paragraph(catalogue.say(key, runtime=Text(node.runtime))))
    pool: Line = (Name(node.pool),) if node.pool is not None else catalogue.say("status.no-pool")
    kubelet = (catalogue.say("node.kubelet"), (Name(node.kubelet_version or "-"),))
    facts = (
        *((kubelet,) if node.runtime is Runtime.UNKNOWN else ()),
        (catalogue.say("node.pool"), pool),
        (catalogue.say("node.state"), node_state(catalogue, node)),
        (catalogue.say("node.os"), (Name(node.os_image),)),
    )
    elements.append(Facts(facts))
    elements += [*_at_risk(answer, catalogue, limits), *not_counted(catalogue, answer.excepted)]
    elements += history(answer.past, catalogue)
    if node.pool is not None:
        elements += asks(catalogue, limits, ("pool", f"nodes pool={node.pool}"))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _at_risk(answer: NodeAnswer, catalogue: Catalogue, limits: Limits) -> list[Element]:
    runtime = answer.node.runtime
    if not answer.at_risk:
        key = "node.nothing-partial" if answer.seen.gaps else "node.nothing"
        return [Paragraph(catalogue.say(key))] if runtime.is_docker or runtime is Runtime.UNKNOWN else []
    # On Docker the first line says it already.
    heading = [] if runtime.is_docker else [Paragraph(catalogue.say("node.unsure", n=len(answer.at_risk)))]
    return [*heading, *pods_on_it(answer.at_risk, answer.node, catalogue, limits)]


def pods_on_it(
    workloads: Sequence[tuple[Workload, int]], node: NodeFact, catalogue: Catalogue, limits: Limits
) -> list[Element]:
    """Return workloads and how many pods of each are on the node; what wants dockershim says where that is gone."""
    if limits.has_buttons:
        shown, rest = paged(catalogue, workloads, limits.rows, limits, Command("pods"))
        return [_table(shown, node, catalogue), *rest]
    lines = [
        catalogue.say("node.exposed-row", workload=workload.key.full_name, pods=_pods(workload, pods, node, catalogue))
        for workload, pods in workloads[: limits.rows]
    ]
    left = len(workloads) - limits.rows
    if left > 0:
        lines.append(catalogue.say("status.more", n=left))
    return [Bullets(tuple(lines))]


def _pods(workload: Workload, pods: int, node: NodeFact, catalogue: Catalogue) -> Line:
    line = catalogue.say("table.pods-only", n=pods)
    if not workload.needs_dockershim or node.runtime is not Runtime.CRI_DOCKERD:
        return line
    return (*line, *catalogue.say("node.no-dockershim"))


def _table(workloads: Sequence[tuple[Workload, int]], node: NodeFact, catalogue: Catalogue) -> Table:
    return Table(
        headers=tuple(catalogue.say(key) for key in ("table.severity", "table.workload", "table.pods")),
        rows=tuple(
            (severity(catalogue, workload), (Name(workload.key.full_name),), _pods(workload, pods, node, catalogue))
            for workload, pods in workloads
        ),
        lead=1,
        marks=tuple(mark(workload) for workload, _ in workloads),
        asks=tuple(Ask(catalogue.say("ask.why"), f"explain {workload.key.full_name}") for workload, _ in workloads),
    )
