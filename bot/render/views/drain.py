"""What on a node depends on Docker, and what a drain of it would stop."""

import re
from collections.abc import Sequence

from bot.core.move_answers import DrainAnswer
from bot.core.runtimes import Runtime
from bot.core.view import Workload
from bot.render.document import Command, Document, Element, Facts, Line, Paragraph, Text, Verdict, join
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, names_line, node_state, seen
from bot.render.views.node import pods_on_it

#: Names in the first sentence.
NAMED = 3

#: Names that are safe to put into a command line somebody pastes into a shell.
_SHELL_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", re.ASCII)

_On = Sequence[tuple[Workload, int]]


def compose(answer: DrainAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the verdict, the at-risk workloads there, what a drain does, and what was not looked at."""
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    if answer.at_risk:
        elements += pods_on_it(answer.at_risk, catalogue, limits)
    elements.append(Facts(tuple(_facts(answer, catalogue, limits))))
    if _pods_known(answer):
        elements.append(Paragraph(_elsewhere(answer, catalogue)))
    elements.append(Paragraph(catalogue.say("drain.how", command=_command(answer))))
    if answer.lost:
        elements.append(Paragraph(catalogue.say("drain.force", pod=answer.lost[0][0].key.short_name)))
    elements.append(Paragraph(catalogue.say("drain.limits"), is_faint=True))
    if not answer.at_risk:
        elements.append(Paragraph(catalogue.say("status.limits"), is_faint=True))
    questions = [("why", f"explain {answer.at_risk[0][0].key.full_name}")] if answer.at_risk else []
    elements += asks(
        catalogue, limits, *questions, ("details", f"node-state {answer.node.name}"), ("guide", "guide drain")
    )
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _verdict(answer: DrainAnswer, catalogue: Catalogue) -> Line:
    clauses = [_risk(answer, catalogue)]
    if _pods_known(answer):
        clauses.append(_outcome(answer, catalogue))
    return (*join(clauses, catalogue.say("join.then")), Text("."))


def _pods_known(answer: DrainAnswer) -> bool:
    """Whether any pod of the node was read, or there is none."""
    return answer.seen.is_whole("pods") or bool(answer.staying or answer.lost or answer.stopped or answer.moved)


def _risk(answer: DrainAnswer, catalogue: Catalogue) -> Line:
    node = answer.node
    runtime = catalogue.say("drain.unknown") if node.runtime is Runtime.UNKNOWN else (Text(node.runtime),)
    if not _pods_known(answer):
        return catalogue.say("drain.unread", node=node.name, runtime=runtime)
    is_docker = node.runtime.is_docker or node.runtime is Runtime.UNKNOWN
    if not answer.at_risk:
        key = "drain.nothing" if is_docker else "drain.off-docker"
        line = catalogue.say(key if not answer.seen.gaps else f"{key}-partial", node=node.name, runtime=runtime)
    else:
        names = names_line(catalogue, [workload.key.short_name for workload, _ in answer.at_risk], NAMED)
        key = "drain.at-risk" if is_docker else "drain.at-risk-off-docker"
        line = catalogue.say(key, n=len(answer.at_risk), node=node.name, runtime=runtime, names=names)
    if not answer.to_check:
        return line
    checks = names_line(catalogue, [workload.key.short_name for workload, _ in answer.to_check], NAMED)
    check = catalogue.say("risk.check", n=len(answer.to_check), names=checks)
    return join([line, check], catalogue.say("join.then"))


def _outcome(answer: DrainAnswer, catalogue: Catalogue) -> Line:
    parts = []
    if answer.lost:
        parts.append(catalogue.say("drain.ends", n=sum(pods for _, pods in answer.lost)))
    if answer.stopped:
        parts.append(catalogue.say("drain.stops", n=len(answer.stopped)))
    if parts:
        return catalogue.say("drain.does", parts=join(parts, catalogue.say("drain.and")))
    moved = sum(pods for _, pods in answer.moved)
    return catalogue.say("drain.moves", n=moved) if moved else catalogue.say("drain.moves-none")


def _facts(answer: DrainAnswer, catalogue: Catalogue, limits: Limits) -> list[tuple[Line, Line]]:
    rows = [(catalogue.say("node.state"), node_state(catalogue, answer.node))]
    for key, held in (("lost", answer.lost), ("stopped", answer.stopped), ("moved", answer.moved)):
        if held:
            names = names_line(catalogue, [workload.key.full_name for workload, _ in held], limits.names)
            rows.append((catalogue.say(f"drain.{key}"), names))
    agents = sum(workload.key.kind == "DaemonSet" for workload, _ in answer.staying)
    counts = {"daemonsets": agents, "static": len(answer.staying) - agents}
    staying = [catalogue.say(f"drain.{key}", n=n) for key, n in counts.items() if n]
    if staying:
        rows.append((catalogue.say("drain.staying"), join(staying, catalogue.say("join.list"))))
    return rows


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
    return Command(f"kubectl drain {name} --ignore-daemonsets", is_whole=True)
