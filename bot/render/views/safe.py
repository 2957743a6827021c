"""Whether something is safe to move off Docker, as far as specs show."""

from bot.core.move_answers import SafeAnswer
from bot.core.questions import UNOWNED
from bot.core.rules import Severity
from bot.core.runtimes import Grade
from bot.core.view import Workload
from bot.render.document import Command, Document, Element, Line, Name, Paragraph, Text, Verdict, join, text_line
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, means, names_line, of_all, paged, seen
from bot.render.risks import excepted_names
from bot.render.views.at_risk import workload_table

#: Names in the first sentence.
NAMED = 3


def compose(answer: SafeAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return whether it is safe, what stands against it, and always that specs do not show everything.

    Never yes or no, as people ask both ways round: "is it safe", and "will it break".
    """
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    if answer.others:
        others = join([catalogue.say(f"thing.{what}") for what in answer.others], catalogue.say("join.and"))
        elements.append(
            Paragraph(
                catalogue.say("safe.also", name=answer.asked.target or "", what=_kind(answer, catalogue), others=others)
            )
        )
    if answer.what != "node" or not _is_off(answer):  # of a node that is off Docker the first sentence says so
        elements.append(Paragraph(_nodes(answer, catalogue)))
    listed = (*answer.at_risk, *answer.to_check, *answer.excepted)
    if listed and answer.what != "workload":
        again = Command("unshim scan", is_whole=True) if limits.has_details else Command("pods NAMESPACE")
        shown, rest = paged(catalogue, listed, limits.rows, limits, again)
        elements += [workload_table(shown, answer.seen, catalogue, answer.places), *rest]
    elements.append(Paragraph(catalogue.say("status.limits"), is_faint=True))
    elements += asks(catalogue, limits, *_questions(answer))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _kind(answer: SafeAnswer, catalogue: Catalogue) -> Line:
    return catalogue.say(f"thing.{answer.what}")


def _name(answer: SafeAnswer, catalogue: Catalogue) -> Line:
    return (Name(answer.name),) if answer.name is not None else catalogue.say("safe.cluster")


def _verdict(answer: SafeAnswer, catalogue: Catalogue) -> Line:
    name = _name(answer, catalogue)
    if answer.at_risk:
        line = _no(answer, name, catalogue)
    elif answer.what in ("pool", "node", "cluster") and _is_off(answer) and not answer.excepted:
        key = "safe.off-node" if answer.what == "node" else "safe.off"
        line = catalogue.say(f"{key}-partial" if answer.seen.gaps else key, name=name)
    elif not _pods_known(answer):
        line = catalogue.say("safe.unread", name=name)
    elif answer.excepted and not answer.to_check:
        return _excepted(answer, name, catalogue)
    elif answer.what == "workload" and answer.to_check:
        return catalogue.say("safe.check-it", name=name)
    elif answer.to_check:
        names = names_line(catalogue, [w.key.short_name for w in answer.to_check], NAMED)
        key = "safe.check-first-partial" if answer.seen.gaps else "safe.check-first"
        line = catalogue.say(key, n=len(answer.to_check), name=name, names=names)
        return join([line, _beside(answer, catalogue)], text_line(" ")) if answer.excepted else line
    else:
        key = "safe.yes-workload" if answer.what == "workload" else "safe.yes"
        line = catalogue.say(f"{key}-partial" if answer.seen.gaps else key, name=name)
    if answer.to_check and answer.what != "workload":
        names = names_line(catalogue, [w.key.short_name for w in answer.to_check], NAMED)
        check = catalogue.say("risk.check", n=len(answer.to_check), names=names)
        line = join([line, check], catalogue.say("join.then"))
    line = (*line, Text("."))
    return join([line, _beside(answer, catalogue)], text_line(" ")) if answer.excepted else line


def _beside(answer: SafeAnswer, catalogue: Catalogue) -> Line:
    """Return what is excepted beside what is counted."""
    names = excepted_names(catalogue, answer.excepted)
    return catalogue.say("risk.not-counted", n=len(answer.excepted), names=names)


def _excepted(answer: SafeAnswer, name: Line, catalogue: Catalogue) -> Line:
    """Return the verdict where all that is left is excepted: accepted is not safe."""
    if answer.what != "workload":
        key = "safe.excepted-partial" if answer.seen.gaps else "safe.excepted"
        names = excepted_names(catalogue, answer.excepted)
        return (*catalogue.say(key, name=name, n=len(answer.excepted), names=names), Text("."))
    (workload,) = answer.excepted
    key = "safe.excepted-check-it" if workload.severity is Severity.REVIEW else "safe.excepted-workload"
    line = catalogue.say(
        key,
        name=name,
        date=workload.excepted_until or "",
        means=means(workload, catalogue, is_dockershim_gone=answer.is_dockershim_gone),
        codes=_codes(workload, catalogue),
    )
    return (*line, Text("."))


def _pods_known(answer: SafeAnswer) -> bool:
    """Whether it is known what runs on a pool or node; of anything else the templates speak."""
    return answer.what not in ("pool", "node") or answer.seen.is_whole("pods") or answer.workloads > 0


def _has_pods(answer: SafeAnswer) -> bool:
    """Whether all of its pods were read."""
    is_inside = answer.what in ("namespace", "workload") and answer.name
    return answer.seen.is_whole("pods", answer.name.partition("/")[0] if is_inside and answer.name else None)


def _is_off(answer: SafeAnswer) -> bool:
    is_all = answer.what == "node" or answer.seen.is_whole("nodes")
    return answer.nodes > 0 and not answer.docker and not answer.unknown and is_all


def _no(answer: SafeAnswer, name: Line, catalogue: Catalogue) -> Line:
    if answer.what == "workload":
        (workload,) = answer.at_risk
        key = "safe.no-workload-gone" if answer.is_dockershim_gone else "safe.no-workload"
        if workload.grade is Grade.POSSIBLE:
            key = "safe.no-workload-possible"
        then = means(workload, catalogue, is_dockershim_gone=answer.is_dockershim_gone)
        return catalogue.say(key, name=name, means=then, codes=_codes(workload, catalogue))
    shown = [
        catalogue.say("safe.with-codes", name=workload.key.full_name, codes=_codes(workload, catalogue))
        for workload in answer.at_risk[:NAMED]
    ]
    if len(answer.at_risk) > NAMED:
        shown.append(catalogue.say("status.more", n=len(answer.at_risk) - NAMED))
    names = join(shown, catalogue.say("join.list"))
    key = "safe.no-off" if answer.what in ("pool", "node", "cluster") and _is_off(answer) else "safe.no"
    return catalogue.say(key, n=len(answer.at_risk), name=name, names=names)


def _codes(workload: Workload, catalogue: Catalogue) -> Line:
    counted = [f for f in workload.findings if f.severity.is_at_risk and (workload.is_excepted or f.excepted is None)]
    codes = dict.fromkeys(finding.code for finding in counted)
    return join([(Text(code),) for code in codes], catalogue.say("join.list"))


def _nodes(answer: SafeAnswer, catalogue: Catalogue) -> Line:
    """Return what its nodes run."""
    if not answer.nodes_known:
        return (*catalogue.say("status.nodes-unread"), Text("."))
    if answer.is_dockershim_gone:
        n = len((*answer.at_risk, *answer.excepted)[0].nodes)
        return catalogue.say("explain.no-dockershim", n=n, total=n)
    if not answer.nodes:
        is_place = answer.what in ("pool", "node", "cluster")
        return catalogue.say(
            "safe.no-nodes" if is_place else "safe.no-pods" if _has_pods(answer) else "safe.pods-unread"
        )
    place = "nodes" if answer.what in ("pool", "node", "cluster") else "runs"
    hedge = "" if answer.seen.is_whole("nodes") and (place == "nodes" or _has_pods(answer)) else "-partial"
    key = f"safe.{place}{hedge}"
    if not hedge and not answer.unknown:
        key = of_all(key, answer.docker, answer.nodes)
    what = "unowned" if answer.what == "owner" and answer.name == UNOWNED else answer.what
    pods = catalogue.say(f"safe-pods.{what}", name=answer.name or "") if place == "runs" else ()
    line = catalogue.say(key, n=answer.nodes, docker=answer.docker, pods=pods)
    if answer.unknown:
        line = join([line, catalogue.say("note.unknown", n=answer.unknown)], catalogue.say("join.then"))
    return (*line, Text("."))


def _questions(answer: SafeAnswer) -> list[tuple[str, str]]:
    worst = next(iter((*answer.at_risk, *answer.to_check, *answer.excepted)), None)
    questions = [("why", f"explain {worst.key.full_name}")] if worst else []
    if answer.what == "namespace":
        questions.append(("namespace", f"pods {answer.name}"))
    elif answer.what == "pool":
        questions.append(("docker-nodes", f"nodes docker pool={answer.name}"))
    elif answer.what == "node":
        questions.append(("drain", f"drain {answer.name}"))
    elif answer.what == "owner":
        questions.append(("list", f"pods owner={answer.name}"))
    return [*questions, ("status", "status")]
