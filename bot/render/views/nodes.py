"""Which nodes."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from bot.core.answers import NodesAnswer
from bot.core.questions import Nodes
from bot.core.runtimes import Runtime
from bot.core.understand import words_of
from bot.core.view import NodeFact, likely
from bot.render.document import Ask, Command, Document, Element, Line, Name, Table, Text, Verdict, join, text_line
from bot.render.messages import Catalogue
from bot.render.parts import (
    Limits,
    ahead,
    asks,
    node_state,
    node_states,
    of_all,
    paged,
    runtime_count,
    runtime_version,
    seen,
)

#: Groups of a pool and a runtime that the first line names, and pools whose own lists are named below the rows.
GROUPS = 4
COMMANDS = 3

_DOCKER = tuple(runtime for runtime in Runtime if runtime.is_docker)
_HEADERS = ("table.node", "table.runtime", "table.kubelet", "table.pool", "table.state")


def compose(answer: NodesAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the matching nodes, those on Docker first."""
    elements: list[Element] = [Verdict(_verdict(answer, catalogue, limits)), *ahead(answer.ahead, catalogue)]
    if answer.nodes:
        shown, rest = paged(catalogue, answer.nodes, limits.rows, limits, _again(answer, limits, catalogue))
        elements += [_table(shown, catalogue), *rest]
        elements += asks(catalogue, limits, ("status", "status"), ("export", "export nodes"))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _again(answer: NodesAnswer, limits: Limits, catalogue: Catalogue) -> Line:
    """Return the commands that show the rows cut off: by their pools, where these are a part."""
    left = Counter(node.pool for node in answer.nodes[limits.rows :] if node.pool is not None)
    is_one = len({node.pool for node in answer.nodes}) == 1
    if limits.has_details or is_one or not left:
        return (Command("unshim ask nodes --json", is_whole=True),)
    commands: list[Line] = [
        (Command(words_of(replace(answer.asked, pool=pool))),) for pool, _ in left.most_common(COMMANDS)
    ]
    return join(commands, catalogue.say("join.list"))


def _verdict(answer: NodesAnswer, catalogue: Catalogue, limits: Limits) -> Line:
    """Return how many nodes match; where not all of them are shown, of which pools and runtimes they are."""
    if not answer.nodes_known or not (answer.total or answer.seen.is_whole("nodes")):
        return catalogue.say("nodes.unread")
    groups: dict[tuple[str | None, Runtime], list[NodeFact]] = defaultdict(list)
    for node in answer.nodes:
        groups[(node.pool, node.runtime)].append(node)
    is_split = len(answer.nodes) > limits.rows and len(groups) > 1
    line = _sentence(answer, catalogue, is_split=is_split)
    if is_split:
        line = catalogue.say("nodes.of-pools", line=line, pools=_groups(groups, catalogue))
    return (*line, Text("."))


def _groups(groups: Mapping[tuple[str | None, Runtime], Sequence[NodeFact]], catalogue: Catalogue) -> Line:
    """``general dockershim 14 (2 likely), gpu cri-dockerd 6``."""
    largest = sorted(groups.items(), key=lambda item: -len(item[1]))
    shown = [
        catalogue.say(
            "nodes.of-pool",
            pool=pool if pool is not None else catalogue.say("status.no-pool"),
            runtimes=runtime_count(catalogue, Text(of), len(held), sum(likely(held).values())),
        )
        for (pool, of), held in largest[:GROUPS]
    ]
    if len(groups) > GROUPS:
        shown.append(catalogue.say("status.more", n=sum(len(held) for _, held in largest[GROUPS:])))
    return join(shown, catalogue.say("join.list"))


def _sentence(answer: NodesAnswer, catalogue: Catalogue, *, is_split: bool) -> Line:
    filters = _filters(answer, catalogue, is_split=is_split)
    if answer.asked == Nodes():
        line = catalogue.say("nodes.all", n=answer.total)
    elif answer.nodes and answer.asked == Nodes(runtimes=_DOCKER):
        key = of_all("nodes.docker", len(answer.nodes), answer.total)
        return catalogue.say(key, n=len(answer.nodes), total=answer.total)
    elif answer.nodes:
        line = catalogue.say("nodes.verdict", n=len(answer.nodes), total=answer.total, filters=filters)
    else:
        key = "nodes.none" if answer.seen.is_whole("nodes") else "nodes.none-partial"
        return catalogue.say(key, total=answer.total, filters=filters)
    docker = sum(node.runtime.is_docker for node in answer.nodes)
    if docker or not answer.asked.runtimes:  # of "which run containerd" none is on Docker, as anybody knows
        key = of_all("nodes.on-docker", docker, len(answer.nodes))
        line = (*line, *catalogue.say("join.clause"), *catalogue.say(key, n=docker))
    unknown = sum(node.runtime is Runtime.UNKNOWN for node in answer.nodes)
    if unknown:
        line = (*line, *catalogue.say("join.list"), *catalogue.say("nodes.runtime-unknown", n=unknown))
    return line


def _filters(answer: NodesAnswer, catalogue: Catalogue, *, is_split: bool) -> Line:
    asked = answer.asked
    parts: list[Line] = [text_line(name) for name in asked.runtimes]
    parts += [(Name(asked.pool),)] if asked.pool else []
    parts += [catalogue.say("nodes.of-kubelet", version=asked.version)] if asked.version else []
    parts += [(Name(asked.name),)] if asked.name else []
    parts += node_states(catalogue, asked.ready, asked.cordoned)
    unsure = sum(likely(answer.nodes).values())
    filters = join(parts, catalogue.say("join.list"))
    if unsure and not is_split and asked.runtimes and set(asked.runtimes) != set(_DOCKER):
        likely_ones = catalogue.say("nodes.n-likely", n=unsure)
        filters = catalogue.say("nodes.filters-likely", filters=filters, likely=likely_ones)
    return catalogue.say("nodes.filters", filters=filters) if parts else ()


def _table(nodes: Sequence[NodeFact], catalogue: Catalogue) -> Table:
    return Table(
        headers=tuple(catalogue.say(key) for key in _HEADERS),
        rows=tuple(_row(node, catalogue) for node in nodes),
        marks=tuple("docker" if node.runtime.is_docker else str(node.runtime) for node in nodes),
        asks=tuple(Ask(catalogue.say("ask.details"), f"explain node/{node.name}") for node in nodes),
    )


def _row(node: NodeFact, catalogue: Catalogue) -> tuple[Line, ...]:
    pool: Line = (Name(node.pool),) if node.pool is not None else catalogue.say("status.no-pool")
    shown = runtime_version(catalogue, node)
    return ((Name(node.name),), shown, (Name(node.kubelet_version),), pool, node_state(catalogue, node))
