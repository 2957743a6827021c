"""What of the live cluster belongs to a topic, one line each."""

from bot.core.notes import FactNote, NodesNote, Note, PoolsNote, WorkloadsNote
from bot.core.view import Pool, Workload
from bot.render.document import Code, Line, Name, Text, join, text_line
from bot.render.messages import Catalogue
from bot.render.parts import Limits, of_all, severity
from bot.render.risks import excepted_names


def line(note: Note, catalogue: Catalogue, limits: Limits) -> Line:
    """Return a note as one sentence; below full coverage it never says more than was seen."""
    if isinstance(note, NodesNote):
        sentence = _nodes(note, catalogue, limits)
    elif isinstance(note, PoolsNote):
        sentence = _pools(note, catalogue, limits)
    elif isinstance(note, WorkloadsNote):
        sentence = _workloads(note, catalogue, limits)
    else:
        sentence = _fact(note, catalogue)
    return (*sentence, Text("."))


def _nodes(note: NodesNote, catalogue: Catalogue, limits: Limits) -> Line:
    if not note.is_known:
        return catalogue.say("note.nodes-unread")
    what = catalogue.say(f"note-of.{note.kind}")
    verb = "notready-" if note.kind == "notready-nodes" else ""
    hedge = "" if note.is_whole else "-partial"
    if not note.n:
        hedge = "-unknown" if note.unknown else hedge
        return _unknown(note, catalogue, catalogue.say(f"note.{verb}none{hedge}", what=what))
    shares: list[Line] = [
        catalogue.say(of_all("note.share", part, total), pool=_pool(pool, catalogue), part=part, total=total)
        for pool, part, total in note.pools[: limits.names]
    ]
    if len(note.pools) > limits.names:
        shares.append(catalogue.say("status.more", n=len(note.pools) - limits.names))
    (pool, part, total), *others = note.pools
    if pool is not None and not others:
        of = _likely(note.likely, part, _of(total, part, hedge, catalogue), catalogue)
        return _unknown(note, catalogue, catalogue.say(f"note.{verb}pool", pool=pool, of=of, what=what))
    of = _likely(note.likely, note.n, _of(note.total, note.n, hedge, catalogue), catalogue)
    pools = join(shares, catalogue.say("join.list"))
    return _unknown(note, catalogue, catalogue.say(f"note.{verb}many", of=of, what=what, pools=pools))


def _of(total: int, part: int, hedge: str, catalogue: Catalogue) -> Line:
    """Return how many of how many nodes; hedge: ``-partial`` where not all were read."""
    return catalogue.say(f"{of_all('note.of', part, total)}{hedge}", n=total, part=part)


def _likely(n: int, part: int, of: Line, catalogue: Catalogue) -> Line:
    """Return how many nodes, and of how many of those ``part`` nodes that is not certain."""
    if not n:
        return of
    return catalogue.say("note.likely-all" if n == part else "note.likely", of=of, n=n)


def _unknown(note: NodesNote, catalogue: Catalogue, sentence: Line) -> Line:
    """Return the sentence, and of how many nodes nobody can tell."""
    if not note.unknown:
        return sentence
    key = "note.unknown" if note.kind in ("windows-nodes", "notready-nodes") else "status.runtimes-unknown"
    return join([sentence, catalogue.say(key, n=note.unknown)], catalogue.say("join.then"))


def _pools(note: PoolsNote, catalogue: Catalogue, limits: Limits) -> Line:
    if not note.is_known:
        return catalogue.say("note.nodes-unread")
    if not note.pools:
        return catalogue.say("note.gpu-none" if note.is_whole else "note.gpu-none-partial")
    pools = [_gpu(pool, catalogue) for pool in note.pools[: limits.names]]
    if len(note.pools) > limits.names:
        pools.append(catalogue.say("status.more", n=len(note.pools) - limits.names))
    return join(pools, catalogue.say("join.clause"))


def _gpu(pool: Pool, catalogue: Catalogue) -> Line:
    runtimes = [
        catalogue.say(
            "note.on",
            runtime=Text(runtime),
            of=_likely(pool.likely.get(runtime, 0), count, _of(pool.total, count, "", catalogue), catalogue),
        )
        for runtime, count in pool.by_runtime.items()
    ]
    return catalogue.say(
        "note.gpu", pool=_pool(pool.name, catalogue), runtimes=join(runtimes, catalogue.say("join.list"))
    )


def _workloads(note: WorkloadsNote, catalogue: Catalogue, limits: Limits) -> Line:
    code: Line = (Code(note.code),) if note.code else ()
    if not note.workloads:
        key = f"note.{note.kind}-none" if note.is_whole else f"note.{note.kind}-none-partial"
        return _with_excepted(catalogue.say(key, code=code), note, catalogue)
    names = [_workload(workload, note.code, catalogue) for workload in note.workloads[: limits.names]]
    if len(note.workloads) > limits.names:
        names.append(catalogue.say("status.more", n=len(note.workloads) - limits.names))
    shown = join(names, catalogue.say("join.list"))
    key = f"note.{note.kind}" if note.is_whole else f"note.{note.kind}-partial"
    return _with_excepted(catalogue.say(key, n=len(note.workloads), names=shown, code=code), note, catalogue)


def _with_excepted(line: Line, note: WorkloadsNote, catalogue: Catalogue) -> Line:
    if not note.excepted:
        return line
    names = excepted_names(catalogue, note.excepted)
    shown = catalogue.say("risk.excepted", n=len(note.excepted), names=names)
    return join([line, shown], catalogue.say("join.then"))


def _workload(workload: Workload, code: str | None, catalogue: Catalogue) -> Line:
    name: Line = (Name(workload.key.short_name),)
    found = workload.of_code(code) if code is not None else workload
    # What a workload is by its other findings is no word on one that is accepted.
    shown = severity(catalogue, found if found.is_excepted else workload)
    return (*name, Text(" ("), *shown, Text(")")) if shown else name


def _fact(note: FactNote, catalogue: Catalogue) -> Line:
    if note.kind == "kubelets":
        unknown = catalogue.say("status.kubelet-unknown")
        minors = [
            catalogue.say("note.minor", minor=text_line(minor) if minor else unknown, n=n) for minor, n in note.counts
        ]
        if not minors:
            return catalogue.say("note.nodes-unread")
        return catalogue.say("note.kubelets", minors=join(minors, catalogue.say("join.list")))
    if note.value is None:
        return catalogue.say(f"note.{note.kind}-unknown")
    # A version is the cluster's own text, a provider's name is ours.
    value = Text(note.value) if note.kind == "provider" else Name(note.value)
    return catalogue.say(f"note.{note.kind}", value=value)


def _pool(name: str | None, catalogue: Catalogue) -> Line:
    return (Name(name),) if name is not None else catalogue.say("status.no-pool")
