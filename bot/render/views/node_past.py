"""What became of a node: its newest changes and when they were, as nearly as anybody saw; and a node that left."""

from datetime import UTC

from bot.core.answers import NodeGoneAnswer
from bot.core.node_history import NodeChange, NodePast, What, runtime_parts
from bot.core.runtimes import Runtime
from bot.render.document import Bullets, Document, Element, Facts, Heading, Line, Name, Paragraph, Text, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, age, asks, seen

#: How many changes are told before the others are counted.
TOLD = 5

_STATES = {
    (What.READY, "ready"): "ready",
    (What.READY, "not-ready"): "not-ready",
    (What.READY, "unknown"): "ready-unknown",
    (What.CORDON, "cordoned"): "cordoned",
    (What.CORDON, "schedulable"): "uncordoned",
    (What.JOINED, ""): "joined",
    (What.LEFT, ""): "left",
}


def history(past: NodePast | None, catalogue: Catalogue) -> list[Element]:
    """Return the newest changes of a node; nothing where none are kept."""
    if past is None:
        return []
    if past.failure is not None:
        return [Paragraph(catalogue.say("node-past.failed"), is_faint=True)]
    if not past.changes:
        return []
    lines = [_change(change, past, catalogue) for change in past.changes[:TOLD]]
    if len(past.changes) > TOLD:
        lines.append(catalogue.say("node-past.more", n=len(past.changes) - TOLD))
    return [Heading(catalogue.say("node-past.heading")), Bullets(tuple(lines))]


def compose_gone(answer: NodeGoneAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return that a node left, when, what it ran last, and what became of it before."""
    record, past = answer.record, answer.past
    newest = past.changes[0] if past.changes else None
    if newest is not None and newest.what is What.LEFT:
        verdict = catalogue.say("node-past.gone-when", node=record.name, when=_when(newest, past, catalogue))
        past = NodePast(past.moment, past.changes[1:])
    else:
        verdict = catalogue.say("node-past.gone", node=record.name)
    rows: list[tuple[Line, Line]] = []
    if record.runtime:
        rows.append((catalogue.say("node-past.ran"), _runtime(record.runtime, catalogue)))
    if record.kubelet:
        rows.append((catalogue.say("node.kubelet"), (Name(record.kubelet),)))
    facts = [Facts(tuple(rows))] if rows else []
    buttons = asks(catalogue, limits, ("status", "status"), ("help", "help"))
    return (Verdict(verdict), *facts, *history(past, catalogue), *buttons, seen(catalogue, answer.seen))


def _change(change: NodeChange, past: NodePast, catalogue: Catalogue) -> Line:
    when = _when(change, past, catalogue)
    if change.what is What.RUNTIME:
        (old, old_version), (new, new_version) = runtime_parts(change.before), runtime_parts(change.after)
        if old is new and old is not Runtime.UNKNOWN:
            key = "node-past.docker" if new.is_docker else "node-past.version"
            return catalogue.say(key, runtime=Text(new), before=old_version, after=new_version, when=when)
        before, after = _kind(change.before), _kind(change.after)
        return catalogue.say("node-past.moved", before=before, after=after, when=when)
    if change.what is What.KUBELET:
        return catalogue.say("node-past.kubelet", before=change.before, after=change.after, when=when)
    value = "" if change.what in (What.JOINED, What.LEFT) else change.after
    key = _STATES.get((change.what, value), "ready-unknown")
    return catalogue.say(f"node-past.{key}", when=when)


def _kind(value: str) -> Line:
    """Return a runtime without its version; of one that is none of ours what the node said."""
    runtime, said = runtime_parts(value)
    return (Name(said),) if runtime is Runtime.UNKNOWN else (Text(runtime),)


def _runtime(value: str, catalogue: Catalogue) -> Line:
    runtime, version = runtime_parts(value)
    if runtime is Runtime.UNKNOWN or not version:
        return _kind(value)
    return catalogue.say("node.docker" if runtime.is_docker else "node.other", runtime=Text(runtime), version=version)


def _when(change: NodeChange, past: NodePast, catalogue: Catalogue) -> Line:
    """``2 hours ago (2026-11-29 20:51 UTC)``; between two reads, where no other tells when it was."""
    if change.is_precise:
        seconds = max(int((past.moment - change.at).total_seconds()), 0)
        return catalogue.say("node-past.when", age=age(catalogue, seconds), time=change.at)
    first, last = change.not_before.astimezone(UTC), change.at.astimezone(UTC)
    if first.date() != last.date():
        return catalogue.say("node-past.between", first=first, last=last)
    hours = {"first": Text(f"{first:%H:%M}"), "last": Text(f"{last:%H:%M}")}
    return catalogue.say("node-past.between-hours", **hours, date=first.date())
