"""How a node is: the aspect asked for first, everything else below it."""

from bot.core.move_answers import NodeStateAnswer
from bot.core.runtimes import Grade, Runtime
from bot.core.view import NodeFact
from bot.render.document import Document, Element, Facts, Line, Name, Paragraph, Text, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, names_line, node_state, runtime_phrase, seen
from bot.render.risks import not_counted
from bot.render.views.node_past import history


def compose(answer: NodeStateAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the node's state, kubelet or runtime, then the other facts of it."""
    node, aspect = answer.node, answer.asked.aspect
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    if node.is_ready is None and aspect == "state":
        elements.append(Paragraph(catalogue.say("node-state.silent"), is_warning=True))
    if node.is_ready is False and aspect == "state":
        elements.append(Paragraph(catalogue.say("node-state.why", node=node.name)))
    if node.grade is not Grade.CERTAIN:
        key = "node.likely" if node.runtime is Runtime.DOCKERSHIM else "node.likely-annotation"
        elements.append(Paragraph(catalogue.say(key, runtime=Text(node.runtime))))
    elements.append(Facts(tuple(_facts(answer, catalogue, limits))))
    elements += [*not_counted(catalogue, answer.excepted), *history(answer.past, catalogue)]
    questions = [("details", f"explain node/{node.name}"), ("drain", f"drain {node.name}")]
    if node.pool is not None:
        questions.append(("pool", f"nodes pool={node.pool}"))
    elements += asks(catalogue, limits, *questions)
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _verdict(answer: NodeStateAnswer, catalogue: Catalogue) -> Line:
    node, aspect = answer.node, answer.asked.aspect
    if aspect == "kubelet":
        key = "node-state.kubelet" if node.kubelet_version else "node-state.no-kubelet"
        return catalogue.say(key, node=node.name, kubelet=node.kubelet_version)
    if aspect == "runtime":
        if node.runtime is Runtime.UNKNOWN:
            key = "node.verdict-unknown" if node.runtime_version else "node.verdict-unreported"
            return catalogue.say(key, node=node.name, value=node.runtime_version)
        return catalogue.say("node-state.runtime", node=node.name, runtime=runtime_phrase(catalogue, node))
    ready = {True: "ready", False: "not-ready", None: "unknown"}[node.is_ready]
    key = f"node-state.{ready}-cordoned" if node.is_unschedulable else f"node-state.{ready}"
    return catalogue.say(key, node=node.name, kubelet=_kubelet(node, catalogue), runtime=_runtime(node, catalogue))


def _runtime(node: NodeFact, catalogue: Catalogue) -> Line:
    if node.runtime is Runtime.UNKNOWN:
        return catalogue.say("node-state.runtime-unknown")
    return runtime_phrase(catalogue, node)


def _kubelet(node: NodeFact, catalogue: Catalogue) -> Line:
    return (Name(node.kubelet_version),) if node.kubelet_version else catalogue.say("status.kubelet-unknown")


def _facts(answer: NodeStateAnswer, catalogue: Catalogue, limits: Limits) -> list[tuple[Line, Line]]:
    node, aspect = answer.node, answer.asked.aspect
    rows: list[tuple[Line, Line]] = []
    if aspect != "state":
        rows.append((catalogue.say("node.state"), node_state(catalogue, node)))
    if aspect == "runtime":
        rows.append((catalogue.say("node.kubelet"), _kubelet(node, catalogue)))
    if aspect == "kubelet":
        rows.append((catalogue.say("node-state.runs"), _runtime(node, catalogue)))
    pool: Line = (Name(node.pool),) if node.pool is not None else catalogue.say("status.no-pool")
    rows += [(catalogue.say("node.pool"), pool), (catalogue.say("node.os"), (Name(node.os_image),))]
    if answer.seen.is_whole("pods"):
        rows.append((catalogue.say("explain.pods"), catalogue.say("explain.pods-clean", total=answer.pods)))
    elif not answer.pods:
        rows.append((catalogue.say("explain.pods"), catalogue.say("explain.pods-unread")))
    if answer.at_risk:
        names = names_line(catalogue, [workload.key.full_name for workload, _ in answer.at_risk], limits.names)
        rows.append((catalogue.say("node-state.at-risk"), names))
    return rows
