"""How far the cluster is: the verdict, the pools, what depends on Docker, the next date."""

from collections.abc import Sequence

from bot.core.answers import StatusAnswer
from bot.core.milestones import MilestoneState
from bot.core.runtimes import Runtime
from bot.core.view import Pool
from bot.render.document import (
    Bar,
    Bars,
    Command,
    Document,
    Element,
    Facts,
    Heading,
    Line,
    Name,
    Paragraph,
    Text,
    Verdict,
    join,
)
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, facts_line, names_line, of_all, runtime_count, seen, unowned
from bot.render.risks import risk, voided
from bot.render.views.milestone import raised_to
from bot.render.views.milestones import concerned, scheduled, title

#: Overdue dates that the status names.
OVERDUE_NAMED = 2


def compose(answer: StatusAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the status of the cluster or of one pool."""
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    if facts := _facts(answer, catalogue, limits):
        elements.append(Facts(tuple(facts)))
    elements += voided(catalogue, (*answer.at_risk, *answer.to_check, *answer.excepted))
    if answer.pools and answer.pool is None:
        elements += pool_bars(answer.pools, catalogue, limits)
    dates = date_rows(answer.next_milestone, answer.overdue_milestones, answer.waiting_milestone, catalogue)
    if dates:
        elements.append(Facts(tuple(dates)))
    if not answer.at_risk:
        elements.append(Paragraph(catalogue.say("status.limits"), is_faint=True))
    elements += asks(catalogue, limits, *_questions(answer))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _questions(answer: StatusAnswer) -> list[tuple[str, str]]:
    everywhere = "pods" if answer.pool is None else "pods-all"
    questions = [(everywhere, "pods")] if answer.at_risk or answer.to_check or answer.excepted else []
    if any(Runtime(name).is_docker for name, _ in answer.by_runtime):
        pool = "" if answer.pool is None else f" pool={answer.pool}"  # `pool=`: it may be called like a runtime
        questions.append(("docker-nodes", f"nodes docker{pool}"))
    return [*questions, ("milestones", "milestones")]


def _verdict(answer: StatusAnswer, catalogue: Catalogue) -> Line:
    nodes = _nodes_verdict(answer, catalogue)
    sentence = risk(catalogue, len(answer.at_risk), answer.to_check, answer.excepted, is_complete=not answer.seen.gaps)
    return catalogue.say("status.verdict", nodes=nodes, risk=sentence)


def _nodes_verdict(answer: StatusAnswer, catalogue: Catalogue) -> Line:
    is_whole = answer.seen.is_whole("nodes")
    if not answer.nodes_known or not (answer.nodes or is_whole):
        return catalogue.say("status.nodes-unread")
    if not answer.nodes:
        return catalogue.say("status.no-nodes")
    counts = dict(answer.by_runtime)
    docker = sum(count for name, count in counts.items() if Runtime(name).is_docker)
    unknown = counts.get(Runtime.UNKNOWN, 0)
    pool: Line = (Name(answer.pool),) if answer.pool is not None else ()
    place = "pool-" if pool else ""
    if docker:
        hedge = "" if is_whole else "-partial"
        key = f"status.{place}on-docker"
        key = of_all(key, docker, answer.nodes) if is_whole else f"{key}{hedge}"
        line = catalogue.say(key, pool=pool, docker=docker, n=answer.nodes)
    else:
        hedge = "-unknown" if unknown else "" if is_whole else "-partial"
        line = catalogue.say(f"status.{place}off-docker{hedge}", pool=pool)
    if not unknown:
        return line
    return join([line, catalogue.say("status.runtimes-unknown", n=unknown)], catalogue.say("join.then"))


def _runtime(name: str, catalogue: Catalogue) -> Line:
    """Return a runtime as it is called everywhere, and in words where it is not known."""
    return catalogue.say("status.kubelet-unknown") if name == Runtime.UNKNOWN else (Text(name),)


def _facts(answer: StatusAnswer, catalogue: Catalogue, limits: Limits) -> list[tuple[Line, Line]]:
    facts: list[tuple[Line, Line]] = []
    if answer.by_runtime:
        runtimes = [
            runtime_count(catalogue, _runtime(name, catalogue), n, answer.likely.get(Runtime(name), 0))
            for name, n in answer.by_runtime
        ]
        facts.append((catalogue.say("status.runtimes"), facts_line(catalogue, runtimes)))
    if answer.by_minor:
        unknown = catalogue.say("status.kubelet-unknown")
        minors = [
            catalogue.say("status.count", what=(Text(f"{name}:"),) if name else (*unknown, Text(":")), n=n)
            for name, n in answer.by_minor
        ]
        facts.append((catalogue.say("status.kubelets"), facts_line(catalogue, minors)))
    if answer.not_ready:
        names = names_line(catalogue, answer.not_ready, limits.names)
        facts.append((catalogue.say("status.not-ready"), names))
    if answer.at_risk:
        facts.append((catalogue.say("status.dependencies"), _dependencies(answer, catalogue)))
    if answer.worst_namespaces:
        facts.append((catalogue.say("status.worst"), _worst(answer, catalogue)))
    if share := unowned(catalogue, answer.at_risk, is_complete=not answer.seen.gaps):
        facts.append((catalogue.say("status.owners"), share))
    return facts


def _dependencies(answer: StatusAnswer, catalogue: Catalogue) -> Line:
    lines: list[Line] = []
    if answer.seen.is_whole("pods") and answer.seen.is_whole("nodes"):
        lines.append(catalogue.say("status.exposed", n=answer.exposed))
    elif answer.exposed:
        lines.append(catalogue.say("status.exposed-partial", n=answer.exposed))
    else:
        lines.append(catalogue.say("status.exposed-unknown"))
    if answer.off_docker:
        lines.append(catalogue.say("status.off-docker-pods", n=answer.off_docker))
    if answer.exposure_unknown:
        lines.append(catalogue.say("status.unknown-pods", n=answer.exposure_unknown))
    return facts_line(catalogue, lines)


def _worst(answer: StatusAnswer, catalogue: Catalogue) -> Line:
    counts = [catalogue.say("status.count", what=item.namespace, n=item.at_risk) for item in answer.worst_namespaces]
    left = answer.namespaces_at_risk - len(answer.worst_namespaces)
    if left > 0:
        counts.append(catalogue.say("status.more", n=left))
    return facts_line(catalogue, counts)


def pool_bars(pools: tuple[Pool, ...], catalogue: Catalogue, limits: Limits) -> list[Element]:
    """Return a bar for each pool, worst first: how much of it is off Docker."""
    bars = [
        Bar(
            label=(Name(pool.name),) if pool.name is not None else catalogue.say("status.no-pool"),
            part=pool.total - pool.on_docker - pool.by_runtime.get(Runtime.UNKNOWN, 0),
            total=pool.total,
            note=facts_line(
                catalogue,
                [
                    runtime_count(catalogue, _runtime(name, catalogue), count, pool.likely.get(name, 0))
                    for name, count in pool.by_runtime.items()
                ],
            ),
            unknown=pool.by_runtime.get(Runtime.UNKNOWN, 0),
        )
        for pool in pools[: limits.bars]
    ]
    elements: list[Element] = [
        Heading(catalogue.say("status.pools")),
        Bars(tuple(bars), catalogue.say("status.legend")),
    ]
    if len(pools) > limits.bars:
        rest = catalogue.say("table.rest", n=len(pools) - limits.bars, command=Command("nodes"))
        elements.append(Paragraph(rest, is_faint=True))
    return elements


def date_rows(
    upcoming: MilestoneState | None,
    late: Sequence[MilestoneState],
    waiting: MilestoneState | None,
    catalogue: Catalogue,
) -> list[tuple[Line, Line]]:
    """Return what is next, what is overdue, and what waits for an upgrade, as far as there is any."""
    dates = []
    if upcoming is not None:
        line = scheduled(upcoming, catalogue)
        if kubelet := raised_to(upcoming):
            line = catalogue.say("status.once", line=line, n=len(upcoming.nodes), version=Text(kubelet))
        dates.append((catalogue.say("status.next"), line))
    if late:
        lines = [scheduled(state, catalogue) for state in late[:OVERDUE_NAMED]]
        if len(late) > OVERDUE_NAMED:
            lines.append(catalogue.say("status.more", n=len(late) - OVERDUE_NAMED))
        dates.append((catalogue.say("status.overdue"), join(lines, catalogue.say("join.clause"))))
    if waiting is not None:
        dates.append((catalogue.say("status.waiting"), _waiting(waiting, catalogue)))
    return dates


def _waiting(state: MilestoneState, catalogue: Catalogue) -> Line:
    return catalogue.say(
        "milestones.released",
        title=title(state, catalogue),
        date=state.milestone.day,
        nodes=concerned(state, catalogue),
        version=Text(state.milestone.version),
    )
