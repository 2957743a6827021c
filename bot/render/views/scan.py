"""The scan as a table: every workload with any finding, worst first."""

from collections.abc import Mapping

from bot.core.runtimes import Runtime
from bot.core.seen import Seen
from bot.core.view import ClusterView, Workload
from bot.render.document import Document, Element, Line, Paragraph, Text, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import of_all, seen, unowned
from bot.render.risks import risk
from bot.render.views.at_risk import NOWHERE, workload_table


def compose(
    view: ClusterView,
    workloads: tuple[Workload, ...],
    catalogue: Catalogue,
    namespace: str | None = None,
    places: Mapping[str, str] = NOWHERE,
) -> Document:
    """Return the verdict and one row a workload; nothing is cut.

    Args:
        namespace: the only one looked at.
        places: the channel or person of an owner, by owner.
    """
    what = Seen(view.as_of, view.name, view.kinds, view.gaps)
    at_risk = [workload for workload in workloads if workload.is_at_risk]
    to_check = [workload for workload in workloads if workload.is_to_check]
    excepted = [workload for workload in workloads if workload.is_excepted]
    sentence = risk(catalogue, len(at_risk), to_check, excepted, is_complete=view.is_complete)
    if namespace is None:
        verdict = catalogue.say("scan.summary", risk=sentence, nodes=_nodes(view, what, catalogue))
    else:
        verdict = catalogue.say("risk.in-namespace", namespace=namespace, risk=sentence)
    elements: list[Element] = [Verdict(verdict)]
    if workloads:
        elements.append(workload_table(workloads, what, catalogue, places))
        if share := unowned(catalogue, at_risk, is_complete=view.is_complete):
            elements.append(Paragraph((*share, Text("."))))
    else:
        elements.append(Paragraph(catalogue.say("status.limits"), is_faint=True))
    elements.append(seen(catalogue, what))
    return tuple(elements)


def _nodes(view: ClusterView, what: Seen, catalogue: Catalogue) -> Line:
    if not view.nodes_known:
        return catalogue.say("scan.nodes-unread")
    docker = sum(node.runtime.is_docker for node in view.nodes)
    unknown = view.by_runtime.get(Runtime.UNKNOWN, 0)
    if unknown:
        return catalogue.say("scan.docker-nodes-unsure", docker=docker, n=len(view.nodes), unknown=unknown)
    is_whole = what.is_whole("nodes")
    key = of_all("scan.docker-nodes", docker, len(view.nodes)) if is_whole else "scan.docker-nodes-partial"
    return catalogue.say(key, docker=docker, n=len(view.nodes))
