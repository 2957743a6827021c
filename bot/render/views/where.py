"""On which nodes and runtimes a workload runs."""

from bot.core.move_answers import WhereAnswer
from bot.core.runtimes import Runtime
from bot.render.document import Document, Element, Facts, Line, Name, Paragraph, Text, Verdict, join
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, means, seen

#: Kinds that have pods only while they run.
_AT_TIMES = ("CronJob", "Job")


def compose(answer: WhereAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return where the pods are, by runtime first, then by pool and node; and whether it depends on Docker."""
    workload = answer.workload
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    rows: list[tuple[Line, Line]] = []
    if workload.pods.total:
        rows.append((catalogue.say("explain.pods"), catalogue.say("explain.pods-clean", total=workload.pods.total)))
    if answer.pools:
        rows.append((catalogue.say("where.pools"), _pools(answer, catalogue, limits)))
    if answer.nodes:
        rows.append((catalogue.say("where.nodes"), _nodes(answer, catalogue, limits)))
    rows.append((catalogue.say("where.depends"), _depends(answer, catalogue)))
    elements.append(Facts(tuple(rows)))
    if answer.unplaced and answer.nodes:
        elements.append(Paragraph(catalogue.say("where.unplaced", n=answer.unplaced), is_warning=True))
    if not workload.findings:
        elements.append(Paragraph(catalogue.say("status.limits"), is_faint=True))
    key = workload.key
    why = "why" if workload.findings else "details"
    elements += asks(catalogue, limits, (why, f"explain {key.full_name}"), ("namespace", f"pods {key.namespace}"))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _verdict(answer: WhereAnswer, catalogue: Catalogue) -> Line:
    workload = answer.workload.key
    name, seen_pods = workload.full_name, answer.seen.is_whole("pods", workload.namespace)
    if not answer.nodes:
        if answer.unplaced:
            return catalogue.say("where.waiting", workload=name, n=answer.unplaced)
        if not seen_pods:
            return catalogue.say("where.unread", workload=name)
        key = "where.not-now" if answer.workload.key.kind in _AT_TIMES else "where.none"
        return catalogue.say(key, workload=name)
    runtimes = _runtimes(answer, catalogue)
    key = "where.runs" if seen_pods else "where.runs-partial"
    if len(answer.nodes) == 1:
        node = (Name(answer.nodes[0][0]),)
        return catalogue.say(f"{key}-one", workload=name, node=node, runtimes=runtimes)
    return catalogue.say(key, workload=name, n=len(answer.nodes), runtimes=runtimes)


def _runtimes(answer: WhereAnswer, catalogue: Catalogue) -> Line:
    """``20 on Docker (dockershim 14, cri-dockerd 6), 7 on containerd``; of one node only what it runs."""
    comma = catalogue.say("join.list")
    docker = [(runtime, n) for runtime, n in answer.runtimes if runtime is not None and runtime.is_docker]
    others = [(runtime, n) for runtime, n in answer.runtimes if runtime is None or not runtime.is_docker]
    parts: list[Line] = []
    is_one = len(answer.nodes) == 1
    if docker:
        of = [catalogue.say("status.count", what=Text(runtime), n=n) for runtime, n in docker]
        shown: Line = (Text(docker[0][0]),) if len(docker) == 1 else join(of, comma)
        n = sum(n for _, n in docker)
        key = "where.docker-one" if is_one else "where.docker" if others else "where.docker-all"
        parts.append(catalogue.say(key, n=n, runtimes=shown))
    for runtime, n in others:
        key = "where.unseen" if runtime is None else "where.unknown" if runtime is Runtime.UNKNOWN else "where.other"
        parts.append(catalogue.say(f"{key}-one" if is_one else key, n=n, runtime=Text(runtime or "")))
    return join(parts, comma)


def _pools(answer: WhereAnswer, catalogue: Catalogue, limits: Limits) -> Line:
    pools = [
        catalogue.say("status.count", what=name if name is not None else catalogue.say("status.no-pool"), n=n)
        for name, n in answer.pools[: limits.names]
    ]
    if len(answer.pools) > limits.names:
        pools.append(catalogue.say("status.more", n=len(answer.pools) - limits.names))
    return join(pools, catalogue.say("join.list"))


def _nodes(answer: WhereAnswer, catalogue: Catalogue, limits: Limits) -> Line:
    nodes = [
        catalogue.say("explain.node-count", node=name, n=n) if n > 1 else (Name(name),)
        for name, n in answer.nodes[: limits.names]
    ]
    if len(answer.nodes) > limits.names:
        nodes.append(catalogue.say("status.more", n=len(answer.nodes) - limits.names))
    return join(nodes, catalogue.say("join.list"))


def _depends(answer: WhereAnswer, catalogue: Catalogue) -> Line:
    severity = answer.workload.severity
    if severity is None:
        return catalogue.say("where.clean-partial" if answer.seen.gaps else "where.clean")
    return catalogue.say(
        "where.excepted" if answer.workload.is_excepted else "where.severity",
        date=answer.workload.excepted_until or "",
        severity=catalogue.say(f"severity.{severity}"),
        grade=catalogue.say(f"grade.{answer.workload.grade}"),
        means=means(answer.workload, catalogue, is_dockershim_gone=answer.is_dockershim_gone),
    )
