"""Why a workload is listed, and what to do about it."""

import re
from collections.abc import Sequence
from datetime import date

from bot.core.answers import ExplainAnswer
from bot.core.failing import outcomes
from bot.core.fixes import Fix
from bot.core.rules import Severity
from bot.core.runtimes import Grade, Runtime
from bot.core.view import Finding
from bot.render.document import (
    Command,
    Document,
    Element,
    Facts,
    Heading,
    Line,
    Link,
    Name,
    Paragraph,
    Snippet,
    Text,
    Verdict,
    coded_line,
    join,
    text_line,
)
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, guide_line, means, names_line, owner_line, paged, seen
from bot.render.views.exceptions import accepted_row

#: What a StatefulSet makes claims from: their names begin alike.
_TEMPLATES = "volumeClaimTemplates["

#: Rules that look at variables of a container; a finding has name and value of one, as in an env file.
_OF_VARIABLES = ("docker-host-env", "runtime-setting")
_VARIABLE = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)

#: A longer patch fills a phone, and a message has room for little else; a terminal shows it.
_SNIPPET_CHARS = 1500


def compose(answer: ExplainAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the verdict, then each finding with its evidence, its reason and its guide."""
    workload = answer.workload
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    for each in workload.voided:
        key = "void" if each.at is not None else "void-now"
        day = each.at.date() if each.at is not None else each.until
        line = catalogue.say(f"explain.{key}", code=Text(each.code), until=each.until, date=day)
        elements.append(Paragraph(line, is_warning=True))
    if workload.has_risk and workload.is_in_no_pod:
        elements.append(Paragraph(catalogue.say("explain.next-pod", n=workload.pods.total), is_warning=True))
    if workload.has_risk and workload.pods.off_docker:
        off_docker = catalogue.say("explain.off-docker", n=workload.pods.off_docker)
        elements.append(Paragraph(off_docker, is_warning=True))
    if gone := len(answer.without_dockershim):
        key = "explain.no-dockershim" if gone == len(workload.nodes) else "explain.no-dockershim-some"
        elements.append(Paragraph(catalogue.say(key, n=gone, total=len(workload.nodes)), is_warning=True))
    guides = {guide.id: guide for guide in answer.guides}
    shown, rest = paged(catalogue, workload.findings, limits.findings, limits, Command("unshim scan", is_whole=True))
    first = workload.findings.index(shown[0]) if shown else 0
    told: set[tuple[object, ...]] = set()
    for number, finding in enumerate(shown, first):
        heading = catalogue.say(
            "explain.finding",
            code=Text(finding.code),
            severity=catalogue.say(f"severity.{finding.severity}"),
            grade=catalogue.say(f"grade.{finding.grade}"),
        )
        rows = [*accepted_row(finding, catalogue), *_evidence(finding, catalogue, limits)]
        rows += [*_fails(finding, answer, told, catalogue), *_what_to_do(number, finding, answer, catalogue)]
        if finding.guide in guides:
            rows.append((catalogue.say("explain.guide"), guide_line(catalogue, guides[finding.guide])))
        elements += [Heading(heading), Facts(tuple(rows), is_of_one=True)]
    elements += [
        *rest,
        *_patch(answer, catalogue, limits),
        Facts((*_facts(answer, catalogue, limits), *_agent(answer, catalogue, limits))),
    ]
    if not workload.findings:
        elements.append(Paragraph(catalogue.say("status.limits"), is_faint=True))
    more = [("product", f"faq {answer.agent.topic.id}")] if answer.agent else []
    elements += asks(catalogue, limits, ("namespace", f"pods {workload.key.namespace}"), *more)
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _verdict(answer: ExplainAnswer, catalogue: Catalogue) -> Line:
    workload, name = answer.workload, answer.workload.key.full_name
    if workload.severity is None:
        return catalogue.say("explain.clean-partial" if answer.seen.gaps else "explain.clean", workload=name)
    if workload.excepted_until is not None and workload.is_excepted:
        return _excepted(answer, workload.excepted_until, catalogue)
    if workload.severity is Severity.REVIEW:
        return catalogue.say("explain.to-check", workload=name)
    if workload.severity is Severity.INFO:
        return catalogue.say("explain.info-partial" if answer.seen.gaps else "explain.info", workload=name)
    severity = catalogue.say(f"severity.{workload.severity}")
    then = means(workload, catalogue, is_dockershim_gone=answer.is_dockershim_gone)
    key = "explain.at-risk-possible" if workload.grade is Grade.POSSIBLE else "explain.at-risk"
    grade = catalogue.say(f"grade.{workload.grade}")
    return catalogue.say(key, workload=name, severity=severity, grade=grade, means=then)


def _excepted(answer: ExplainAnswer, until: date, catalogue: Catalogue) -> Line:
    workload = answer.workload
    if workload.severity is Severity.REVIEW:
        return catalogue.say("explain.excepted-check", workload=workload.key.full_name, date=until)
    return catalogue.say(
        "explain.excepted",
        workload=workload.key.full_name,
        date=until,
        severity=catalogue.say(f"severity.{workload.severity}"),
        grade=catalogue.say(f"grade.{workload.grade}"),
        means=means(workload, catalogue, is_dockershim_gone=answer.is_dockershim_gone),
    )


def _evidence(finding: Finding, catalogue: Catalogue, limits: Limits) -> list[tuple[Line, Line]]:
    where: Line = (Name(finding.seen_in), Text(" "), Name(finding.field))
    if not finding.in_template:
        where = (*where, Text(" ("), *catalogue.say("explain.live-only"), Text(")"))
    elif finding.in_pods is False:
        where = (*where, Text(" ("), *catalogue.say("explain.template-only"), Text(")"))
    rows: list[tuple[Line, Line]] = [(catalogue.say("explain.where"), where)]
    if (variable := _variable(finding)) is not None:
        name, value = variable
        rows += [(catalogue.say("explain.variable"), (Name(name),)), (catalogue.say("explain.value"), (Name(value),))]
    else:
        rows += [(catalogue.say("explain.value"), _value(finding, catalogue)), *_leading_there(finding, catalogue)]
    if finding.containers:
        most = limits.names if limits.has_buttons else len(finding.containers)
        rows.append((catalogue.say("explain.containers"), names_line(catalogue, finding.containers, most)))
    rows.append((catalogue.say("explain.why"), _why(finding, catalogue)))
    return rows


def _why(finding: Finding, catalogue: Catalogue) -> Line:
    """Return why a finding counts: where its row on how it fails says the rest, the first sentence is enough."""
    whole = catalogue.plain(f"why.{finding.reason}")
    first, stop, _ = whole.partition(". ")
    is_told = finding.severity.is_at_risk and finding.grade is not Grade.POSSIBLE
    return text_line(f"{first}." if stop and is_told and finding.failure is not None else whole)


def _variable(finding: Finding) -> tuple[str, str] | None:
    """Return name and value of a variable that is the finding, None where it is none, or what it holds is a script."""
    name, equals, value = finding.value.partition("=")
    is_one = finding.code in _OF_VARIABLES and finding.field.endswith("].value") and bool(equals)
    return (name, value) if is_one and _VARIABLE.fullmatch(name) else None


def _value(finding: Finding, catalogue: Catalogue) -> Line:
    """Return what stands at the field: of a volume its own path or claim, not what a mount makes of it."""
    volume = finding.volume
    if volume is None:
        return (Name(finding.value),)
    if finding.persistent_volume and (volume.claim is None or finding.field.endswith(".volumeName")):
        return (Name(finding.persistent_volume),)
    if volume.claim is not None:  # those that a StatefulSet makes are numbered
        return (Name(f"{volume.claim}*" if _TEMPLATES in finding.field else volume.claim),)
    if volume.host_type:
        return catalogue.say("explain.value-type", value=volume.path, type=volume.host_type)
    return (Name(volume.path),)


def _leading_there(finding: Finding, catalogue: Catalogue) -> list[tuple[Line, Line]]:
    """Return what else decides which path of the node is reached: the PersistentVolume, the subPath of a mount."""
    rows: list[tuple[Line, Line]] = []
    volume = finding.volume
    if finding.persistent_volume:
        path = volume.path if volume is not None else finding.value
        through = catalogue.say("explain.through-volume", volume=finding.persistent_volume, path=path)
        if volume is not None and volume.host_type:
            through = catalogue.say("explain.value-type", value=through, type=volume.host_type)
        rows.append((catalogue.say("explain.through"), through))
    mounts = [mount for mount in volume.mounts if mount.sub_path] if volume is not None else []
    for mount in mounts[:1]:  # more of them are the same of other containers
        field = f"{mount.field}.{'subPathExpr' if mount.is_expression else 'subPath'}"
        shown = catalogue.say("explain.mount-value", field=field, value=mount.sub_path)
        if len(mounts) > 1:
            shown = (*shown, Text(" "), *catalogue.say("status.more", n=len(mounts) - 1))
        rows.append((catalogue.say("explain.mount"), shown))
    return rows


def _fails(
    finding: Finding, answer: ExplainAnswer, told: set[tuple[object, ...]], catalogue: Catalogue
) -> list[tuple[Line, Line]]:
    """Return how a finding shows on the cluster's runtimes; what an earlier one says alike is not said again.

    Args:
        told: what was said so far; this adds to it.
    """
    if finding.failure is None:
        return []
    found = outcomes(finding.failure, finding.reason, answer.runtimes)
    line = catalogue.say("explain.fails-same")
    if found not in told:
        told.add(found)
        line = join([_fails_on(key, runtimes, catalogue) for key, runtimes in found], text_line(" "))
    return [(catalogue.say("explain.fails"), line)]


def _fails_on(key: str, runtimes: Sequence[Runtime], catalogue: Catalogue) -> Line:
    where = join([(Text(runtime),) for runtime in runtimes], catalogue.say("join.list"))
    where = where or catalogue.say("explain.without-docker")
    return catalogue.say("explain.fails-on", runtimes=where, how=catalogue.say(f"fails.{key}"))


def _what_to_do(number: int, finding: Finding, answer: ExplainAnswer, catalogue: Catalogue) -> list[tuple[Line, Line]]:
    """Return whether the version of an agent is enough, and what to do."""
    rows: list[tuple[Line, Line]] = []
    if (version := answer.versions.get(number)) is not None:
        key = {True: "enough", False: "not-enough", None: "unsure"}[version.is_enough]
        line = catalogue.say(f"explain.version-{key}", since=Text(version.since), tag=version.tag or finding.value)
        rows.append((catalogue.say("explain.version"), line))
    if (fix := answer.fixes.get(number)) is not None:
        line = catalogue.say(f"todo.{fix.advice}")
        if (fix.is_covered or fix.is_in_part) and answer.patch is not None:
            line = (*line, Text(" "), *catalogue.say(_in_patch(fix)))
        rows.append((catalogue.say("explain.todo"), line))
    return rows


def _in_patch(fix: Fix) -> str:
    """Return the text that says how far the patch goes: no more is promised than its operations do."""
    if fix.is_in_part:
        return "explain.in-patch-mount"
    if fix.advice == "dockershim-socket" and not fix.patch:  # a newer image needs no such socket
        return "explain.in-patch-needless"
    return "explain.in-patch"


def _patch(answer: ExplainAnswer, catalogue: Catalogue, limits: Limits) -> list[Element]:
    """Return the command that makes all known changes, to be read and pasted: nothing here runs it."""
    patch = answer.patch
    if patch is None:
        return []
    key = "patch-all" if patch.fixed == patch.findings else "patch-some" if patch.fixed else "patch-begun"
    lines = [catalogue.say(f"explain.{key}", n=patch.fixed, total=patch.findings)]
    if patch.in_part:
        lines.append(catalogue.say("explain.patch-mount"))
    if patch.is_for_later:
        lines.append(catalogue.say("explain.patch-gone" if answer.is_dockershim_gone else "explain.patch-later"))
    lines.append(catalogue.say("explain.patch-managed"))
    if not limits.has_details and sum(map(len, patch.lines)) > _SNIPPET_CHARS:
        command = Command(f"unshim ask explain {answer.workload.key.full_name}", is_whole=True)
        return [Paragraph(catalogue.say("explain.patch-long", command=command))]
    return [Snippet(patch.lines, join(lines, text_line(" ")))]


def _facts(answer: ExplainAnswer, catalogue: Catalogue, limits: Limits) -> list[tuple[Line, Line]]:
    workload, nodes = answer.workload, answer.exposed_nodes
    owner = catalogue.say("explain.owner-unknown" if answer.seen.gaps else "explain.unowned")
    if workload.owner:
        source = catalogue.say(f"owner-source.{workload.owner.source}")
        shown = owner_line(catalogue, (Name(workload.owner.name),), answer.place)
        owner = catalogue.say("explain.owner-source", owner=shown, source=source)
    rows = [(catalogue.say("explain.owner"), owner), (catalogue.say("explain.pods"), _pods(answer, catalogue))]
    if nodes:
        rows.append((catalogue.say("explain.nodes"), _exposed_on(answer, catalogue, limits)))
    return rows


def _agent(answer: ExplainAnswer, catalogue: Catalogue, limits: Limits) -> list[tuple[Line, Line]]:
    """Return what is known of the product that a workload is by its name, and the guides for it not shown yet.

    A product that works without Docker may stand below a finding that stops it: what is so of this workload is said.
    """
    if answer.agent is None:
        return []
    topic = answer.agent.topic
    first, rest = topic.sentences
    known = [coded_line(f"{first} {rest}".strip())]
    if topic.works_since and topic.works_since not in first:
        known.append(catalogue.say("explain.works-since", version=Text(topic.works_since)))
    if answer.workload.has_risk:
        grade = "" if answer.workload.grade is Grade.CERTAIN else f"-{answer.workload.grade}"
        known.append(catalogue.say(f"explain.agent-here{grade}"))
    rows = [(catalogue.say("explain.agent"), join(known, text_line(" ")))]
    if topic.link:
        rows.append((catalogue.say("explain.product"), (Link(topic.link, topic.link),)))
    shown = {guide.id for guide in answer.guides}
    guides = [guide for guide in answer.agent.guides if guide.id not in shown]
    rows += [(catalogue.say("explain.guide"), guide_line(catalogue, guide)) for guide in guides]
    if not limits.has_buttons:
        rows.append((catalogue.say("explain.more"), (Command(f"faq {topic.id}"),)))
    return rows


def _exposed_on(answer: ExplainAnswer, catalogue: Catalogue, limits: Limits) -> Line:
    """``20 nodes (general 14, gpu 6): general-01, …``; a node with more than one pod says how many."""
    pools = [
        catalogue.say("status.count", what=name if name is not None else catalogue.say("status.no-pool"), n=count)
        for name, count in answer.exposed_pools[: limits.names]
    ]
    shown = [
        catalogue.say("explain.node-count", node=name, n=count) if count > 1 else (Name(name),)
        for name, count in answer.exposed_nodes[: limits.names]
    ]
    for lines, all_of in ((pools, answer.exposed_pools), (shown, answer.exposed_nodes)):
        if len(all_of) > limits.names:
            lines.append(catalogue.say("status.more", n=len(all_of) - limits.names))
    comma = catalogue.say("join.list")
    return catalogue.say(
        "explain.exposed-on", n=len(answer.exposed_nodes), pools=join(pools, comma), nodes=join(shown, comma)
    )


def _pods(answer: ExplainAnswer, catalogue: Catalogue) -> Line:
    workload, pods = answer.workload, answer.workload.pods
    if not pods.total:
        is_whole = answer.seen.is_whole("pods", workload.key.namespace)
        return catalogue.say("explain.pods-none" if is_whole else "explain.pods-unread")
    if not workload.has_risk:
        return catalogue.say("explain.pods-clean", total=pods.total)
    counts = {"exposed": pods.exposed, "off-docker": pods.off_docker, "unknown": pods.exposure_unknown}
    parts = [catalogue.say(f"pod-count.{name}", n=n) for name, n in counts.items() if n]
    return catalogue.say("explain.pods-counts", total=pods.total, counts=join(parts, catalogue.say("join.list")))
