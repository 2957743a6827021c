"""Whether the cluster can go to a version, and which is the highest it can go to."""

from collections.abc import Sequence

from bot.core.move_answers import ReachAnswer, UpgradeAnswer
from bot.core.seen import Seen
from bot.core.upgrades import NEWEST, NEWEST_DAY, Group, Judgement
from bot.render.document import Bullets, Document, Element, Facts, Line, Name, Paragraph, Text, Verdict, join
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, names_line, seen

#: Minors on the way that are each named.
MINORS = 3


def compose(answer: UpgradeAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return what is possible for the API server and for the nodes, then each thing that stands in the way.

    Never yes or no, as people ask both ways round: "can we", and "why can we not".
    """
    judgement = answer.judgement
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    if judgement is not None and answer.nodes_known:
        if answer.days_left is not None:
            elements.append(Paragraph(catalogue.say("upgrade.once-out", parts=_parts(answer, judgement, catalogue))))
        if judgement.too_old and judgement.control == "runtimes-first":
            elements.append(Paragraph(_kubelets(judgement, catalogue)))
        groups = (*judgement.stuck, *judgement.unsure)
        elements += _obstacles(groups, catalogue, limits)
        if judgement.unread:
            elements.append(Paragraph(catalogue.say("upgrade.kubelets-unread", n=judgement.unread), is_warning=True))
    if judgement is None:
        return (*elements, *asks(catalogue, limits, ("milestones", "milestones")), seen(catalogue, answer.seen))
    elements += end(answer.server, answer.seen, bool(judgement.stuck), catalogue, limits)
    return tuple(elements)


def compose_reach(answer: ReachAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the highest version, what holds the cluster there, how far each pool's kubelets go, and the next step."""
    reach = answer.reach
    elements: list[Element] = [Verdict(_reach_verdict(answer, catalogue))]
    if reach.now is not None and answer.nodes_known:
        rows = [(catalogue.say("upgrade.next"), _step(answer, catalogue))]
        if reach.later is not None and reach.later > reach.now:
            later = catalogue.say("upgrade.later-value", version=Text(reach.later.short))
            rows.append((catalogue.say("upgrade.later"), later))
        elements.append(Facts(tuple(rows)))
        elements += _obstacles([group for group in reach.groups if group.obstacle], catalogue, limits)
        if reach.unread:
            elements.append(Paragraph(catalogue.say("upgrade.kubelets-unread", n=reach.unread), is_warning=True))
    is_stuck = any(group.obstacle and group.obstacle.is_certain for group in reach.groups)
    elements += end(answer.server, answer.seen, is_stuck, catalogue, limits)
    return tuple(elements)


def end(server: str | None, what: Seen, is_stuck: bool, catalogue: Catalogue, limits: Limits) -> list[Element]:
    """Return what it was judged from, what was not looked at, what to ask next, and when the cluster was read."""
    elements: list[Element] = []
    if server is None:
        elements.append(Paragraph(catalogue.say("upgrade.guessed"), is_warning=True))
    elements.append(Paragraph(catalogue.say("upgrade.limits"), is_faint=True))
    stuck = [("docker-nodes", "nodes docker")] if is_stuck else []
    elements += asks(catalogue, limits, *stuck, ("version", "version"), ("milestones", "milestones"))
    elements.append(seen(catalogue, what))
    return elements


def _verdict(answer: UpgradeAnswer, catalogue: Catalogue) -> Line:
    judgement = answer.judgement
    if judgement is None:
        return catalogue.say(f"upgrade.{answer.problem}", version=answer.asked, newest=Text(NEWEST.short))
    target = Text(judgement.target.short)
    if answer.days_left is not None:
        return catalogue.say("upgrade.not-out", version=target, day=NEWEST_DAY, n=answer.days_left)
    if not answer.nodes_known or judgement.control == "unknown":
        return catalogue.say("upgrade.unread", version=target)
    word, parts = _word(answer, judgement), _parts(answer, judgement, catalogue)
    return catalogue.say(f"upgrade.{word}", version=target, parts=parts)


def _word(answer: UpgradeAnswer, judgement: Judgement) -> str:
    """Return yes, no or what is between, as an entry of the catalogue."""
    if judgement.control == "runtimes-first":
        return "no"
    if judgement.control == "kubelets-first":
        return "not-yet"
    if judgement.stuck:
        return "not-nodes" if judgement.control == "there" else "control-only"
    if judgement.unsure or judgement.unread:
        return "perhaps"
    if not answer.seen.is_whole("nodes"):
        return "yes-partial"
    return "already" if judgement.control == "there" and not judgement.behind else "yes"


def _parts(answer: UpgradeAnswer, judgement: Judgement, catalogue: Catalogue) -> Line:
    control, nodes = _control(answer, judgement, catalogue), _nodes(judgement, catalogue)
    parts = [nodes, control] if judgement.control == "there" and judgement.stuck else [control, nodes]
    return join([part for part in parts if part], catalogue.say("join.then"))


def _control(answer: UpgradeAnswer, judgement: Judgement, catalogue: Catalogue) -> Line:
    target = Text(judgement.target.short)
    if judgement.control in ("kubelets-first", "runtimes-first"):
        old = Text(judgement.old.short if judgement.old else "")
        return catalogue.say("upgrade.too-old", version=target, old=old)
    known = "" if answer.server is not None else "-guess"
    server: Line = (Name(answer.server),) if answer.server else (Text(judgement.base.short if judgement.base else ""),)
    via = _via(judgement, catalogue)
    return catalogue.say(f"upgrade.{judgement.control}{known}", version=target, server=server, via=via)


def _kubelets(judgement: Judgement, catalogue: Catalogue) -> Line:
    """Return how many kubelets have to be raised for the API server, and by which minors it gets there."""
    target = Text(judgement.target.short)
    line = catalogue.say("upgrade.too-old-nodes", n=judgement.too_old, version=target)
    if not judgement.via:
        return line
    return (*line, Text(" "), *catalogue.say("upgrade.one-at-a-time", via=_via(judgement, catalogue)))


def _via(judgement: Judgement, catalogue: Catalogue) -> Line:
    if len(judgement.via) > MINORS:
        return (Text(f"{judgement.via[0].short} … {judgement.via[-1].short}"),)
    return join([(Text(version.short),) for version in judgement.via], catalogue.say("join.list"))


def _nodes(judgement: Judgement, catalogue: Catalogue) -> Line:
    """Return what the nodes need, in short: each way out once."""
    target = Text(judgement.target.short)
    if judgement.stuck:
        needs = [catalogue.say(f"upgrade-need.{reason}", n=n) for reason, n in _by_reason(judgement.stuck)]
        return join(needs, catalogue.say("join.then"))
    if judgement.control == "kubelets-first":
        return catalogue.say("upgrade.raise", n=judgement.too_old)
    if judgement.unsure:
        n = sum(len(group.nodes) for group in judgement.unsure)
        return catalogue.say("upgrade.depends", n=n)
    if judgement.behind:
        return catalogue.say("upgrade.free", n=judgement.behind, version=target)
    return () if judgement.unread else catalogue.say("upgrade.done", version=target)


def _by_reason(groups: Sequence[Group]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for group in groups:
        assert group.obstacle is not None
        counts[group.obstacle.reason] = counts.get(group.obstacle.reason, 0) + len(group.nodes)
    return list(counts.items())


def _obstacles(groups: Sequence[Group], catalogue: Catalogue, limits: Limits) -> list[Element]:
    """Return a line for each thing in the way, with the pools it is about."""
    by_reason: dict[str, list[Group]] = {}
    for group in groups:
        assert group.obstacle is not None
        by_reason.setdefault(group.obstacle.reason, []).append(group)
    lines = []
    for reason, held in by_reason.items():
        pools = [
            catalogue.say(
                "status.count",
                what=group.pool if group.pool is not None else catalogue.say("status.no-pool"),
                n=len(group.nodes),
            )
            for group in held[: limits.names]
        ]
        if len(held) > limits.names:
            pools.append(catalogue.say("status.more", n=len(held) - limits.names))
        n = sum(len(group.nodes) for group in held)
        shown = join(pools, catalogue.say("join.list"))
        line = catalogue.say(f"upgrade-why.{reason}", n=n, pools=shown)
        if unsure := [name for group in held for name in group.likely_nodes]:
            names = names_line(catalogue, unsure, limits.names)
            likely = catalogue.say("upgrade-why.likely", n=len(unsure), names=names, runtime=Text(held[0].runtime))
            line = (*line, Text(" "), *likely)
        lines.append(line)
    return [Bullets(tuple(lines))] if lines else []


def _reach_verdict(answer: ReachAnswer, catalogue: Catalogue) -> Line:
    reach = answer.reach
    if reach.now is None or reach.base is None or not answer.nodes_known:
        return catalogue.say("reach.unread")
    server: Line = (Name(answer.server),) if answer.server else (Text(reach.base.short),)
    hedge = "" if answer.server is not None else "-guess"
    now, base = Text(reach.now.short), reach.base
    if reach.now > base:
        way = "up" if reach.now.minor > base.minor + 1 else "up-one"
        line = catalogue.say(f"reach.{way}{hedge}", version=now, server=server)
    else:
        line = catalogue.say(f"reach.stay{hedge}", version=now, server=server)
    if reach.held_at is not None and reach.now <= base:
        minor = Text(reach.held_at.short)
        line = catalogue.say(f"reach.stay-held{hedge}", version=now, server=server, n=reach.held_by, minor=minor)
    elif reach.held_at is not None:
        held = catalogue.say("upgrade.held", n=reach.held_by, minor=Text(reach.held_at.short))
        line = join([line, held], catalogue.say("join.then"))
    elif reach.now == answer.newest:
        line = join([line, catalogue.say("upgrade.is-newest")], catalogue.say("join.then"))
    if not answer.seen.is_whole("nodes"):
        line = catalogue.say("count.partial", line=line)
    return (*line, Text("."))


def _step(answer: ReachAnswer, catalogue: Catalogue) -> Line:
    reach = answer.reach
    if reach.step == "runtime":
        stuck = [group for group in reach.groups if group.obstacle and group.obstacle.is_certain]
        pools = list(dict.fromkeys(group.pool for group in stuck if group.pool is not None))
        n = sum(len(group.nodes) for group in stuck)
        key = "upgrade.step-runtime" if pools else "upgrade.step-runtime-no-pool"
        return catalogue.say(key, n=n, pools=names_line(catalogue, pools, 3))
    if reach.step == "server" and reach.base is not None:
        return catalogue.say("upgrade.step-server", version=Text(f"1.{reach.base.minor + 1}"))
    if reach.step == "kubelets":
        minor = Text(reach.held_at.short if reach.held_at else "")
        return catalogue.say("upgrade.step-kubelets", n=reach.held_by, minor=minor)
    return catalogue.say("upgrade.step-none")
