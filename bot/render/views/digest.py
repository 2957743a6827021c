"""A channel's digest: how far, what changed since the last one, who has to act, the next date. Details go below it."""

from bot.core.people_answers import ChangesAnswer
from bot.core.post_answers import DigestAnswer, Untold
from bot.core.subscriptions import Scope, ScopeKind
from bot.render.document import Command, Document, Element, Facts, Line, Name, Paragraph, Text, Verdict, join
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, facts_line, no_owner, of_all, owner_line, seen
from bot.render.risks import risk
from bot.render.views import changes as changes_view
from bot.render.views.at_risk import workload_table
from bot.render.views.status import date_rows, pool_bars

#: Owners that are named.
OWNERS = 5

#: What became of earlier posts is told of so many.
UNTOLD = 5


def compose(answer: DigestAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the digest: one screen of a phone."""
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    if answer.is_done:
        elements.append(Paragraph(catalogue.say("digest.done")))
    if facts := _facts(answer, catalogue):
        elements.append(Facts(tuple(facts)))
    if not answer.scope.names and answer.pools:
        elements += pool_bars(answer.pools, catalogue, limits)
    if answer.scope.names and (answer.at_risk or answer.to_check or answer.excepted):
        listed = (*answer.at_risk, *answer.to_check, *answer.excepted)
        elements.append(workload_table(listed[: limits.rows], answer.seen, catalogue, answer.places))
        if len(listed) > limits.rows:
            rest = catalogue.say("table.rest", n=len(listed) - limits.rows, command=Command(_mine(answer.scope)))
            elements.append(Paragraph(rest, is_faint=True))
    if dates := _dates(answer, catalogue):
        elements.append(Facts(tuple(dates)))
    elements += untold(answer.untold, catalogue)
    if not answer.at_risk:
        elements.append(Paragraph(catalogue.say("status.limits"), is_faint=True))
    elements += asks(catalogue, limits, *_questions(answer))
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def compose_details(answer: DigestAnswer, catalogue: Catalogue, limits: Limits) -> Document | None:
    """Return what belongs into the thread: every change by name; None where there is nothing to add."""
    found = answer.changes
    if found is None or found.is_empty:
        return None
    return changes_view.compose(ChangesAnswer(answer.seen, found), catalogue, limits)


def untold(items: tuple[Untold, ...], catalogue: Catalogue) -> list[Element]:
    """Return what became of earlier posts that did not come, or perhaps did, or whose threads may lack something."""
    lines = [_untold(item, catalogue) for item in items[:UNTOLD]]
    if len(items) > UNTOLD:
        lines.append(catalogue.say("digest.untold-more", n=len(items) - UNTOLD))
    return [Paragraph(line, is_warning=True) for line in lines]


def place(scope: Scope) -> tuple[str, Line]:
    """Return what a scope is called: its kind, which entries of the catalogue end with, and its names."""
    return str(scope.kind), join([(Name(name),) for name in scope.names], (Text(", "),))


def _untold(item: Untold, catalogue: Catalogue) -> Line:
    if item.parts:
        part = item.parts[0] if len(item.parts) == 1 else "both"
        return catalogue.say(f"digest.thread-{part}", post=catalogue.say(f"digest.post-{item.kind}", date=item.day))
    return catalogue.say(f"digest.{'unconfirmed' if item.is_unconfirmed else 'missed'}-{item.kind}", date=item.day)


def _verdict(answer: DigestAnswer, catalogue: Catalogue) -> Line:
    sentence = risk(catalogue, len(answer.at_risk), answer.to_check, answer.excepted, is_complete=not answer.seen.gaps)
    key, names = place(answer.scope)
    if key != "cluster":
        return catalogue.say(f"digest.verdict-{key}", names=names, risk=sentence)
    return catalogue.say("status.verdict", nodes=_nodes(answer, catalogue), risk=sentence)


def _nodes(answer: DigestAnswer, catalogue: Catalogue) -> Line:
    is_whole = answer.seen.is_whole("nodes")
    if not answer.nodes_known or not (answer.nodes or is_whole):
        return catalogue.say("status.nodes-unread")
    if not answer.nodes:
        return catalogue.say("status.no-nodes")
    if answer.docker:
        key = of_all("status.on-docker", answer.docker, answer.nodes) if is_whole else "status.on-docker-partial"
        line = catalogue.say(key, docker=answer.docker, n=answer.nodes)
    else:
        hedge = "-unknown" if answer.unknown else "" if is_whole else "-partial"
        line = catalogue.say(f"status.off-docker{hedge}")
    if not answer.unknown:
        return line
    return join([line, catalogue.say("status.runtimes-unknown", n=answer.unknown)], catalogue.say("join.then"))


def _facts(answer: DigestAnswer, catalogue: Catalogue) -> list[tuple[Line, Line]]:
    rows: list[tuple[Line, Line]] = [(catalogue.say("digest.since"), _changed(answer, catalogue))]
    if answer.at_risk:
        is_whole = answer.seen.is_whole("pods") and answer.seen.is_whole("nodes")
        key = "status.exposed" if is_whole else "status.exposed-partial" if answer.exposed else "status.exposed-unknown"
        rows.append((catalogue.say("status.dependencies"), catalogue.say(key, n=answer.exposed)))
    if answer.owners and answer.scope.kind is not ScopeKind.OWNER:
        rows.append((catalogue.say("digest.owners"), _owners(answer, catalogue)))
    return rows


def _owners(answer: DigestAnswer, catalogue: Catalogue) -> Line:
    nobody = no_owner(catalogue, is_complete=not answer.seen.gaps)
    counts = []
    for name, n in answer.owners[:OWNERS]:
        shown = nobody if name is None else owner_line(catalogue, (Name(name),), answer.places.get(name))
        counts.append(catalogue.say("status.count", what=shown, n=n))
    if len(answer.owners) > OWNERS:
        counts.append(catalogue.say("status.more", n=len(answer.owners) - OWNERS))
    return facts_line(catalogue, counts)


def _changed(answer: DigestAnswer, catalogue: Catalogue) -> Line:
    """Return how much changed, and between which two reads; what cannot be told is not told as nothing."""
    found = answer.changes
    if found is None:
        key = "digest.first" if answer.told_at is None else "digest.no-newer"
        return catalogue.say(key, before=answer.told_at or answer.seen.as_of)
    counts = {
        "n-moved": len(found.moved),
        "n-unclear": len(found.unclear),
        "n-gone": len(found.gone),
        "n-joined": len(found.joined),
        "n-closed": sum(len(item.codes) for item in found.closed),
        "n-new": sum(len(item.codes) for item in found.new),
    }
    parts = [catalogue.say(f"changes.{key}", n=n) for key, n in counts.items() if n]
    key = "nothing" if not parts else "changed"
    hedge = "" if found.is_whole else "-partial"
    what = join(parts, catalogue.say("join.list"))
    return catalogue.say(f"digest.{key}{hedge}", what=what, before=found.before, after=found.after)


def _dates(answer: DigestAnswer, catalogue: Catalogue) -> list[tuple[Line, Line]]:
    """Return the dates; what only concerns nodes is for those who are told of the whole cluster."""
    if answer.scope.names:
        return date_rows(answer.next_milestone, (), None, catalogue)
    return date_rows(answer.next_milestone, answer.overdue, answer.waiting_milestone, catalogue)


def _questions(answer: DigestAnswer) -> list[tuple[str, str]]:
    if answer.scope.names:
        return [("list", _mine(answer.scope)), ("milestones", "milestones")]
    return [("pods", "pods"), ("owners", "owners"), ("trend", "trend"), ("milestones", "milestones")]


def _mine(scope: Scope) -> str:
    """Return the command that lists what a scope has at risk; of several namespaces the first."""
    name = f'"{scope.names[0]}"' if " " in scope.names[0] else scope.names[0]
    return f"pods owner={name}" if scope.kind is ScopeKind.OWNER else f"pods {name}"
