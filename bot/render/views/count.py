"""How many."""

from msgspec.structs import replace

from bot.core.move_answers import CountAnswer
from bot.core.questions import Count, Nodes
from bot.core.runtimes import Runtime
from bot.core.understand import words_of
from bot.render.document import Document, Element, Facts, Line, Name, Paragraph, Text, Verdict, join, text_line
from bot.render.messages import Catalogue
from bot.render.parts import (
    Limits,
    ahead,
    asks,
    names_line,
    no_owner,
    node_states,
    of_all,
    runtime_count,
    seen,
    with_likely,
)
from bot.render.risks import checks, not_counted

#: Parts of a count that the first sentence carries.
SPLIT = 5

_DOCKER = tuple(runtime for runtime in Runtime if runtime.is_docker)

#: What is named below the count; of everything else the parts in the first sentence say enough.
_NAMED = ("nodes", "namespaces", "at-risk")


def compose(answer: CountAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the number first, what it is made of, and the first names behind it."""
    what = answer.asked.what
    elements: list[Element] = [Verdict(_verdict(answer, catalogue)), *ahead(answer.ahead, catalogue)]
    rows: list[tuple[Line, Line]] = []
    if answer.names and what in _NAMED:
        rows.append((catalogue.say("count.names"), names_line(catalogue, answer.names, limits.names)))
    if what == "namespaces" and answer.split:
        rows.append((catalogue.say("count.at-risk-in"), _parts(answer, catalogue)))
    if rows:
        elements.append(Facts(tuple(rows)))
    elements += not_counted(catalogue, answer.excepted)
    if what in ("at-risk", "exposed", "owners") and not answer.n:
        elements.append(Paragraph(catalogue.say("status.limits"), is_faint=True))
    elements += asks(catalogue, limits, *_questions(answer.asked))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _questions(asked: Count) -> list[tuple[str, str]]:
    if asked.what in ("nodes", "pools"):
        nodes = Nodes(asked.runtimes, asked.pool, asked.version, None, asked.ready, asked.cordoned)
        return [("list", words_of(nodes)), ("status", "status")]
    if asked.namespace is not None:
        return [("namespace", f"pods {asked.namespace}"), ("pods-all", "pods")]
    return [("pods", "pods"), ("status", "status")]


def _verdict(answer: CountAnswer, catalogue: Catalogue) -> Line:
    if not answer.known:
        is_of_nodes = answer.asked.what in ("nodes", "pools")
        return catalogue.say("nodes.unread" if is_of_nodes else f"count-unread.{answer.asked.what}")
    what = answer.asked.what
    sentence = _nodes(answer, catalogue) if what == "nodes" else _others(answer, catalogue)
    if not answer.is_whole:
        sentence = catalogue.say("count.partial", line=sentence)
    if answer.n and answer.split and not _says_all(answer):
        sentence = (*sentence, Text(": "), *_parts(answer, catalogue))
    if answer.unsure:
        unsure = "count.unsure-pods" if what == "exposed" else "note.unknown"
        sentence = join([sentence, catalogue.say(unsure, n=answer.unsure)], catalogue.say("join.then"))
    if answer.to_check and what != "namespaces":
        kind = "risk.check" if what == "at-risk" else "count.to-check"
        sentence = join([sentence, checks(catalogue, answer.to_check, kind)], catalogue.say("join.then"))
    return (*sentence, Text("."))


def _says_all(answer: CountAnswer) -> bool:
    """Whether the parts would only repeat the sentence, or say something else than what is counted."""
    asked = answer.asked
    if asked.what == "nodes":
        return len(answer.split) == 1 and len(asked.runtimes) == 1
    return asked.what == "namespaces" or (asked.what == "at-risk" and asked.namespace is not None)


def _parts(answer: CountAnswer, catalogue: Catalogue) -> Line:
    """``dockershim 14, cri-dockerd 6``: runtimes are our words, everything else is a name."""
    is_ours = answer.asked.what == "nodes"
    nobody = no_owner(catalogue, is_complete=not answer.seen.gaps)
    parts: list[Line] = []
    for name, n in answer.split[:SPLIT]:
        of: Line = text_line(name) if is_ours and name else (Name(name),) if name else nobody
        likely = answer.likely.get(Runtime(name), 0) if is_ours and name else 0
        parts.append(runtime_count(catalogue, of, n, likely))
    if len(answer.split) > SPLIT:
        parts.append(catalogue.say("status.more", n=len(answer.split) - SPLIT))
    return join(parts, catalogue.say("join.list"))


def _nodes(answer: CountAnswer, catalogue: Catalogue) -> Line:
    asked, n, total = answer.asked, answer.n, answer.total
    if not total:
        return catalogue.say("status.no-nodes")
    if asked == Count("nodes"):
        return catalogue.say("nodes.all", n=n)
    filters = _filters(asked, catalogue)
    if not n and asked == Count("nodes", runtimes=_DOCKER):
        return catalogue.say("status.off-docker-unknown" if answer.unsure else "status.off-docker")
    if not n:
        return catalogue.say("nodes.none", total=total, filters=filters)
    if asked == Count("nodes", runtimes=_DOCKER):
        return catalogue.say(of_all("nodes.docker", n, total), n=n, total=total)
    if asked == Count("nodes", runtimes=asked.runtimes) and len(asked.runtimes) == 1:
        line = catalogue.say("count.on", n=n, total=total, runtime=Text(asked.runtimes[0]))
        return with_likely(catalogue, line, sum(answer.likely.values()))
    if asked == Count("nodes", pool=asked.pool) and asked.pool is not None:
        return catalogue.say("count.pool", n=n, pool=asked.pool)
    states = node_states(catalogue, asked.ready, asked.cordoned)
    if len(states) == 1 and asked == Count("nodes", ready=asked.ready, cordoned=asked.cordoned):
        return catalogue.say("count.state", n=n, total=total, state=states[0])
    return catalogue.say("nodes.verdict", n=n, total=total, filters=filters)


def _others(answer: CountAnswer, catalogue: Catalogue) -> Line:
    asked = answer.asked
    filters = _filters(asked, catalogue)
    if asked.what == "pools" and answer.n and filters:
        return catalogue.say("count.pools-like", n=answer.n, total=answer.total, filters=filters)
    what = catalogue.say(f"count.{asked.what}" if answer.n else f"count-none.{asked.what}", n=answer.n)
    places: Line = ()
    if asked.namespace is not None:
        places = (*places, *catalogue.say("count.in", namespace=asked.namespace))
    if asked.owner is not None:
        places = (*places, *catalogue.say("count.of", owner=asked.owner))
    if asked == replace(asked, pool=None, version=None, ready=None, cordoned=None, runtimes=_DOCKER):
        places = (*places, *catalogue.say("count.on-docker-nodes"))
    elif filters:
        places = (*places, *catalogue.say("count.nodes-like", filters=filters))
    return catalogue.say("count.sentence", what=what, places=places)


def _filters(asked: Count, catalogue: Catalogue) -> Line:
    parts: list[Line] = [text_line(name) for name in asked.runtimes]
    parts += [(Name(asked.pool),)] if asked.pool else []
    parts += [catalogue.say("nodes.of-kubelet", version=asked.version)] if asked.version else []
    parts += node_states(catalogue, asked.ready, asked.cordoned)
    return catalogue.say("nodes.filters", filters=join(parts, catalogue.say("join.list"))) if parts else ()
