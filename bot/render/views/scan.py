"""The scan as a table: every workload with any finding, worst first."""

from bot.core.answers import Seen
from bot.core.view import ClusterView, Workload
from bot.render.document import Document, Element, Line, Paragraph, Table, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import risk, seen
from bot.render.views.at_risk import HEADERS, workload_row


def compose(view: ClusterView, workloads: tuple[Workload, ...], catalogue: Catalogue) -> Document:
    """Return the verdict and one row a workload; nothing is cut."""
    at_risk = [workload for workload in workloads if workload.is_at_risk]
    to_check = [workload for workload in workloads if workload.is_to_check]
    sentence = risk(catalogue, len(at_risk), to_check, is_complete=view.is_complete)
    docker = sum(node.runtime.is_docker for node in view.nodes)
    nodes: Line = catalogue.say("scan.docker-nodes", docker=docker, n=len(view.nodes))
    if not view.nodes_known:
        nodes = catalogue.say("scan.nodes-unread")
    what = Seen(view.as_of, view.name, view.kinds, view.gaps)
    elements: list[Element] = [Verdict(catalogue.say("scan.summary", risk=sentence, nodes=nodes))]
    if workloads:
        rows = tuple(workload_row(workload, what, catalogue) for workload in workloads)
        elements.append(Table(tuple(catalogue.say(key) for key in HEADERS), rows))
    else:
        elements.append(Paragraph(catalogue.say("status.limits"), is_faint=True))
    elements.append(seen(catalogue, what))
    return tuple(elements)
