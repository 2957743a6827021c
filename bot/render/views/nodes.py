"""Which nodes."""

from collections.abc import Sequence

from bot.core.answers import NodesAnswer
from bot.core.questions import Nodes
from bot.core.runtimes import Runtime
from bot.core.view import NodeFact, likely
from bot.render.document import Ask, Command, Document, Element, Line, Name, Table, Text, Verdict, join, text_line
from bot.render.messages import Catalogue
from bot.render.parts import Limits, ahead, asks, node_state, node_states, of_all, paged, runtime, seen

_DOCKER = tuple(runtime for runtime in Runtime if runtime.is_docker)
_HEADERS = ("table.node", "table.runtime", "table.kubelet", "table.pool", "table.state")


def compose(answer: NodesAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the matching nodes, those on Docker first."""
    elements: list[Element] = [Verdict(_verdict(answer, catalogue)), *ahead(answer.ahead, catalogue)]
    if answer.nodes:
        again = Command("nodes POOL")
        if limits.has_details or answer.asked.pool is not None:
            again = Command("unshim ask nodes --json", is_whole=True)
        shown, rest = paged(catalogue, answer.nodes, limits.rows, limits, again)
        elements += [_table(shown, catalogue), *rest]
        elements += asks(catalogue, limits, ("status", "status"), ("export", "export nodes"))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _verdict(answer: NodesAnswer, catalogue: Catalogue) -> Line:
    if not answer.nodes_known or not (answer.total or answer.seen.is_whole("nodes")):
        return catalogue.say("nodes.unread")
    filters = _filters(answer, catalogue)
    if answer.asked == Nodes():
        line = catalogue.say("nodes.all", n=answer.total)
    elif answer.nodes and answer.asked == Nodes(runtimes=_DOCKER):
        key = of_all("nodes.docker", len(answer.nodes), answer.total)
        return (*catalogue.say(key, n=len(answer.nodes), total=answer.total), Text("."))
    elif answer.nodes:
        line = catalogue.say("nodes.verdict", n=len(answer.nodes), total=answer.total, filters=filters)
    else:
        key = "nodes.none" if answer.seen.is_whole("nodes") else "nodes.none-partial"
        return (*catalogue.say(key, total=answer.total, filters=filters), Text("."))
    docker = sum(node.runtime.is_docker for node in answer.nodes)
    if docker or not answer.asked.runtimes:  # of "which run containerd" none is on Docker, as anybody knows
        key = of_all("nodes.on-docker", docker, len(answer.nodes))
        line = (*line, *catalogue.say("join.clause"), *catalogue.say(key, n=docker))
    unknown = sum(node.runtime is Runtime.UNKNOWN for node in answer.nodes)
    if unknown:
        line = (*line, *catalogue.say("join.list"), *catalogue.say("nodes.runtime-unknown", n=unknown))
    return (*line, Text("."))


def _filters(answer: NodesAnswer, catalogue: Catalogue) -> Line:
    asked = answer.asked
    parts: list[Line] = [text_line(name) for name in asked.runtimes]
    parts += [(Name(value),) for value in (asked.pool, asked.version, asked.name) if value]
    parts += node_states(catalogue, asked.ready, asked.cordoned)
    unsure = sum(likely(answer.nodes).values())
    if unsure and asked.runtimes and set(asked.runtimes) != set(_DOCKER):
        parts.append(catalogue.say("nodes.n-likely", n=unsure))
    return catalogue.say("nodes.filters", filters=join(parts, catalogue.say("join.list"))) if parts else ()


def _table(nodes: Sequence[NodeFact], catalogue: Catalogue) -> Table:
    return Table(
        headers=tuple(catalogue.say(key) for key in _HEADERS),
        rows=tuple(_row(node, catalogue) for node in nodes),
        marks=tuple("docker" if node.runtime.is_docker else str(node.runtime) for node in nodes),
        asks=tuple(Ask(catalogue.say("ask.details"), f"explain node/{node.name}") for node in nodes),
    )


def _row(node: NodeFact, catalogue: Catalogue) -> tuple[Line, ...]:
    pool: Line = (Name(node.pool),) if node.pool is not None else catalogue.say("status.no-pool")
    shown = runtime(catalogue, node)
    if node.runtime_version:
        shown = (*shown, Text(" "), Name(node.runtime_version))
    return ((Name(node.name),), shown, (Name(node.kubelet_version),), pool, node_state(catalogue, node))
