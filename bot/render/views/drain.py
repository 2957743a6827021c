"""What a drain of a node would do, and what on it depends on Docker."""

import re
from collections.abc import Sequence

from bot.core.move_answers import DrainAnswer
from bot.core.runtimes import Runtime
from bot.core.view import Workload
from bot.render.document import Command, Document, Element, Facts, Line, Paragraph, Text, Verdict, join, text_line
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, names_line, node_state, seen
from bot.render.risks import not_counted
from bot.render.views.node import pods_on_it

#: Names in the first sentence.
NAMED = 3

#: Names that are safe to put into a command line somebody pastes into a shell.
_SHELL_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", re.ASCII)

_On = Sequence[tuple[Workload, int]]


def compose(answer: DrainAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return what a drain does, the at-risk workloads there, and what was not checked."""
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    if answer.at_risk:
        elements += pods_on_it(answer.at_risk, answer.node, catalogue, limits)
    elements.append(Facts(tuple(_facts(answer, catalogue, limits))))
    elements += not_counted(catalogue, answer.excepted)
    if _pods_known(answer):
        elements.append(Paragraph(_elsewhere(answer, catalogue)))
    how = "drain.how-emptied" if answer.emptied else "drain.how"
    elements.append(Paragraph(catalogue.say(how, command=_command(answer))))
    if answer.lost:
        elements.append(Paragraph(catalogue.say("drain.force", pod=answer.lost[0][0].key.short_name)))
    unchecked = "drain.limits" if answer.seen.is_whole("pods") else "drain.limits-partial"
    elements.append(Paragraph(catalogue.say(unchecked), is_faint=True))
    if not answer.at_risk:
        elements.append(Paragraph(catalogue.say("status.limits"), is_faint=True))
    questions = [("why", f"explain {answer.at_risk[0][0].key.full_name}")] if answer.at_risk else []
    elements += asks(
        catalogue, limits, *questions, ("details", f"node-state {answer.node.name}"), ("guide", "guide drain")
    )
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _verdict(answer: DrainAnswer, catalogue: Catalogue) -> Line:
    node = answer.node
    runtime = catalogue.say("drain.unknown") if node.runtime is Runtime.UNKNOWN else (Text(node.runtime),)
    if not _pods_known(answer):
        return catalogue.say("drain.unread", node=node.name, runtime=runtime)
    key = "drain.does" if answer.seen.is_whole("pods") else "drain.does-partial"
    sentences = [catalogue.say(key, node=node.name, runtime=runtime, parts=_outcome(answer, catalogue))]
    sentences += _risk(answer, catalogue)
    if answer.to_check:
        checks = names_line(catalogue, [workload.key.short_name for workload, _ in answer.to_check], NAMED)
        sentences.append(catalogue.say("drain.check", n=len(answer.to_check), names=checks))
    return join(sentences, text_line(" "))


def _pods_known(answer: DrainAnswer) -> bool:
    """Whether any pod of the node was read, or there is none."""
    return answer.seen.is_whole("pods") or bool(answer.staying or answer.lost or answer.stopped or answer.moved)


def _outcome(answer: DrainAnswer, catalogue: Catalogue) -> Line:
    parts = []
    if answer.lost:
        parts.append(catalogue.say("drain.ends", n=sum(pods for _, pods in answer.lost)))
    if answer.stopped:
        names = names_line(catalogue, [workload.key.short_name for workload, _ in answer.stopped], NAMED)
        parts.append(catalogue.say("drain.stops", n=len(answer.stopped), names=names))
    if parts:
        return join(parts, catalogue.say("drain.and"))
    moved = sum(pods for _, pods in answer.moved)
    return catalogue.say("drain.moves", n=moved) if moved else catalogue.say("drain.moves-none")


def _risk(answer: DrainAnswer, catalogue: Catalogue) -> list[Line]:
    """Return what becomes of the at-risk workloads there: a drain leaves agents in place, which most of them are."""
    runtime = answer.node.runtime
    is_docker = runtime.is_docker or runtime is Runtime.UNKNOWN
    if not answer.at_risk:
        key = "drain.nothing" if is_docker else "drain.off-docker"
        return [catalogue.say(f"{key}-partial" if answer.seen.gaps else key, runtime=Text(runtime))]
    staying = {workload.key for workload, _ in answer.staying}
    evicted = [workload for workload, _ in answer.at_risk if workload.key not in staying]
    n = len(answer.at_risk)
    if 0 < len(evicted) < n:
        names = names_line(catalogue, [workload.key.short_name for workload in evicted], NAMED)
        line = catalogue.say("drain.risk-some", n=len(evicted), total=n, names=names)
    else:
        is_agents = all(workload.key.kind == "DaemonSet" for workload, _ in answer.at_risk)
        key = "evicted" if evicted else "daemonsets" if is_agents else "stays"
        names = names_line(catalogue, [workload.key.short_name for workload, _ in answer.at_risk], NAMED)
        line = catalogue.say(f"drain.risk-{key}", n=n, names=names)
    return [line] if is_docker else [line, catalogue.say("drain.risk-off-docker", runtime=Text(runtime))]


def _facts(answer: DrainAnswer, catalogue: Catalogue, limits: Limits) -> list[tuple[Line, Line]]:
    rows = [(catalogue.say("node.state"), node_state(catalogue, answer.node))]
    for key, held in (("lost", answer.lost), ("stopped", answer.stopped)):
        if held:
            rows.append((catalogue.say(f"drain.{key}"), _names(held, catalogue, limits)))
    if answer.moved:
        rows.append((catalogue.say("drain.moved"), _moved(answer, catalogue, limits)))
    if answer.emptied:
        rows.append((catalogue.say("drain.emptied"), _names(answer.emptied, catalogue, limits)))
    agents = sum(workload.key.kind == "DaemonSet" for workload, _ in answer.staying)
    counts = {"daemonsets": agents, "static": len(answer.staying) - agents}
    staying = [catalogue.say(f"drain.{key}", n=n) for key, n in counts.items() if n]
    if staying:
        rows.append((catalogue.say("drain.staying"), join(staying, catalogue.say("join.list"))))
    return rows


def _names(held: _On, catalogue: Catalogue, limits: Limits) -> Line:
    return names_line(catalogue, [workload.key.full_name for workload, _ in held], limits.names)


def _moved(answer: DrainAnswer, catalogue: Catalogue, limits: Limits) -> Line:
    """Return the workloads evicted in part, each with where its other pods are: nobody looked whether they run."""
    shown = []
    for workload, pods in answer.moved[: limits.names]:
        placed = sum(workload.placed.values())
        elsewhere, waiting = placed - pods, workload.pods.total - placed
        key = "moved-waiting" if waiting else "moved-others"
        if not answer.seen.is_whole("pods"):
            key = "moved-partial"
        name = workload.key.full_name
        shown.append(catalogue.say(f"drain.{key}", workload=name, n=elsewhere, waiting=waiting))
    if len(answer.moved) > limits.names:
        shown.append(catalogue.say("status.more", n=len(answer.moved) - limits.names))
    return join(shown, catalogue.say("join.list"))


def _elsewhere(answer: DrainAnswer, catalogue: Catalogue) -> Line:
    """Return where the pods can go, and what that means for those that need Docker."""
    docker, off, unknown = answer.docker_elsewhere, answer.off_docker_elsewhere, answer.unknown_elsewhere
    if not docker + off + unknown:
        key = "nowhere" if answer.seen.is_whole("nodes") else "nowhere-partial"
        return catalogue.say(f"drain.{key}")
    counts = {"docker": docker, "off": off, "unknown": unknown}
    shown = [catalogue.say(f"drain-elsewhere.{key}", n=n) for key, n in counts.items() if n]
    line = catalogue.say("drain.elsewhere", counts=join(shown, catalogue.say("join.list")))
    at_risk = {workload.key for workload, _ in answer.at_risk}
    exposed = [w.key.short_name for w, _ in (*answer.stopped, *answer.moved) if w.key in at_risk]
    if not exposed or not answer.node.runtime.is_docker:
        return line
    if not off and not unknown:
        return (*line, Text(" "), *catalogue.say("drain.all-docker"))
    names = names_line(catalogue, exposed, NAMED)
    return (*line, Text(" "), *catalogue.say("drain.breaks", n=len(exposed), names=names))


def _command(answer: DrainAnswer) -> Command:
    name = answer.node.name if _SHELL_NAME.fullmatch(answer.node.name) else "NODE"
    emptied = " --delete-emptydir-data" if answer.emptied else ""
    return Command(f"kubectl drain {name} --ignore-daemonsets{emptied}", is_whole=True)
