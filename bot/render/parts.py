"""Pieces that several answers share: the risk sentence, workload rows, the freshness and coverage lines."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from msgspec import Struct

from bot.core.blind import Blind
from bot.core.runtimes import Grade
from bot.core.seen import Seen
from bot.core.snapshot import NAMESPACED, RESOURCES, Cause, Gap
from bot.core.topic_answers import GuideEntry
from bot.core.view import NodeFact, Workload
from bot.errors import BotError
from bot.render.document import (
    Ask,
    Asks,
    Bullets,
    Command,
    Element,
    Footer,
    Line,
    Link,
    Name,
    Pages,
    Paragraph,
    Place,
    Text,
    join,
    text_line,
    visible,
)
from bot.render.messages import Catalogue, Value

T = TypeVar("T")

#: Kinds that fail for one reason, up to which each one's loss is spelled out.
LOSSES_SPELLED_OUT = 3

#: What is missing of single objects: what is said of many kinds of them at once, and what that means.
_OBJECTS: Final = {Cause.MALFORMED: ("seen.damaged", "loss.objects"), Cause.PARTLY: ("seen.partly", "loss.parts")}

#: Different reasons that are each given a line; beyond that only the kinds are named.
REASONS_SPELLED_OUT = 5

#: Kinds that were not seen for a while, of which so many are named in the line that tells of it.
UNSEEN_NAMED = 3

#: How many of the namespaces that are read, or not, stand in the footer.
NAMESPACES_NAMED = 3

#: How much of a lost object's name stands in the footer, which is never cut.
LOST_NAME_CHARS = 40


#: How much of an owner's name, which an annotation may hold at any length, stands in a row of a message.
ROW_NAME_CHARS = 63

#: Answers without a page of their own show everything in one.
ALL = 1_000_000


class Limits(Struct, frozen=True):
    """How much of an answer is shown before the rest is counted and the way to it named.

    Args:
        rows: rows of a list, findings: findings of a workload.
        has_buttons: whether the surface turns pages and asks follow-up questions with a click; then ``page``
            of a list is shown, from 0, and no command has to be named for the rest.
    """

    rows: int
    bars: int
    names: int
    has_details: bool
    findings: int = ALL
    page: int = 0
    has_buttons: bool = False


#: A terminal scrolls; a message is one screen; in Slack's own messages the rest is a click away.
TERMINAL = Limits(rows=200, bars=40, names=20, has_details=True)
MESSAGE = Limits(rows=12, bars=10, names=5, has_details=False)
SLACK = Limits(rows=10, bars=10, names=5, has_details=False, findings=4, has_buttons=True)


def of_all(key: str, part: int, whole: int) -> str:
    """Return the entry for a part of a whole: "14 of 14" and "0 of 7" have words of their own."""
    if part == whole > 1:
        return f"{key}-all"
    return key if part else f"{key}-none"


def names_line(catalogue: Catalogue, names: Sequence[str], limit: int) -> Line:
    """Return names, the first few of them, and how many more there are."""
    shown: list[Line] = [(Name(name),) for name in names[:limit]]
    if len(names) > limit:
        shown.append(catalogue.say("status.more", n=len(names) - limit))
    return join(shown, catalogue.say("join.list"))


def owner_line(catalogue: Catalogue, owner: Line, place: str | None) -> Line:
    """``storefront (#storefront)``: an owner, and the channel or person it is mapped to; nobody is notified."""
    return catalogue.say("owners.with-place", owner=owner, place=Place(place)) if place else owner


def unowned(catalogue: Catalogue, at_risk: Sequence[Workload], *, is_complete: bool) -> Line:
    """``2 of 10 at risk without an owner (20 %)``; empty where each has one.

    Args:
        is_complete: whether everything was read: what names an owner may stand in what was not.
    """
    count = sum(workload.owner is None for workload in at_risk)
    if not count:
        return ()
    hedge = "" if is_complete else "-partial"
    percent = round(100 * count / len(at_risk))
    return catalogue.say(f"owners.share{hedge}", part=count, n=len(at_risk), percent=percent)


def no_owner(catalogue: Catalogue, *, is_complete: bool) -> Line:
    """Return what stands for an owner that nothing names, in what was read."""
    return catalogue.say("table.unowned" if is_complete else "table.owner-unknown")


def facts_line(catalogue: Catalogue, lines: Sequence[Line]) -> Line:
    """Return short facts behind one another."""
    return join([line for line in lines if line], catalogue.say("join.facts"))


def paged(
    catalogue: Catalogue, items: Sequence[T], rows: int, limits: Limits, again: Value
) -> tuple[Sequence[T], list[Element]]:
    """Return the items to show, and what says where the others are: the page, or their number and ``again``."""
    if not limits.has_buttons:
        left = len(items) - rows
        rest = [Paragraph(catalogue.say("table.rest", n=left, command=again), is_faint=True)] if left > 0 else []
        return items[:rows], [*rest]
    pages = max(-(-len(items) // rows), 1)
    page = min(limits.page, pages - 1)  # a list may have become shorter since the button was sent
    first = page * rows
    shown = items[first : first + rows]
    if pages == 1:
        return shown, []
    key = "pages.line" if len(shown) > 1 else "pages.single"
    line = catalogue.say(key, first=first + 1, last=first + len(shown), n=len(items))
    return shown, [Pages(page, pages, line)]


def asks(catalogue: Catalogue, limits: Limits, *questions: tuple[str, str]) -> list[Element]:
    """Return follow-up questions, given as (entry of ``ask.``, words), where the surface has buttons for them."""
    if not limits.has_buttons or not questions:
        return []
    return [Asks(tuple(Ask(catalogue.say(f"ask.{key}"), words) for key, words in questions))]


def error_line(error: BotError, catalogue: Catalogue) -> Line:
    """Return an error as the sentence that a person in Slack reads."""
    key = f"error-slack.{error.told_key}"
    if not catalogue.has(key):
        key = f"error.{error.key}"
    return catalogue.say(key, **{"kinds": Text(",".join(RESOURCES)), **error.values})


def age(catalogue: Catalogue, seconds: int) -> Line:
    """``40 seconds ago``, in the largest unit of which at least two have passed."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return catalogue.say(f"age.{unit}", n=seconds // length)
    return catalogue.say("age.seconds", n=seconds)


def severity(catalogue: Catalogue, workload: Workload) -> Line:
    """Return the workload's severity in words, and that it is excepted where it is."""
    if workload.severity is None:
        return ()
    line = catalogue.say(f"severity.{workload.severity}")
    return catalogue.say("severity.excepted", severity=line) if workload.is_excepted else line


def means(workload: Workload, catalogue: Catalogue, *, is_dockershim_gone: bool) -> Line:
    """Return what comes of a workload's worst finding; nothing is to come where its nodes have lost what it wants."""
    return catalogue.say("explain.means-gone" if is_dockershim_gone else f"severity-means.{workload.severity}")


def mark(workload: Workload) -> str:
    """Return the picture of a workload's row."""
    return "excepted" if workload.is_excepted else str(workload.severity)


def runtime(catalogue: Catalogue, node: NodeFact) -> Line:
    """Return a node's runtime; one that is not certain says so."""
    if node.grade is Grade.CERTAIN:
        return text_line(node.runtime)
    return catalogue.say("nodes.likely", runtime=Text(node.runtime))


def runtime_version(catalogue: Catalogue, node: NodeFact) -> Line:
    """``containerd 1.6.33``, ``dockershim (likely), Docker 20.10.24``: the version is Docker's, not the adapter's."""
    shown = runtime(catalogue, node)
    if not node.runtime_version:
        return shown
    if node.runtime.is_docker:
        return catalogue.say("nodes.with-docker", runtime=shown, version=node.runtime_version)
    return (*shown, Text(" "), Name(node.runtime_version))


def runtime_phrase(catalogue: Catalogue, node: NodeFact) -> Line:
    """Return what a node runs, in a sentence: ``Docker 23.0.6 through cri-dockerd``, ``containerd 1.6.33``."""
    key = "node.docker" if node.runtime.is_docker else "node.other"
    if node.runtime.is_docker and node.grade is not Grade.CERTAIN:
        key = "node.docker-likely"
    return catalogue.say(key, runtime=Text(node.runtime), version=node.runtime_version)


def runtime_count(catalogue: Catalogue, name: Value, n: int, likely: int) -> Line:
    """``dockershim 14 (2 likely)``: nodes by runtime, and of how many that is not certain."""
    return with_likely(catalogue, catalogue.say("status.count", what=name, n=n), likely)


def with_likely(catalogue: Catalogue, line: Line, likely: int) -> Line:
    """Return a sum of nodes with how many of them are not certain."""
    if not likely:
        return line
    return (*line, *catalogue.say("nodes.of-likely", likely=catalogue.say("nodes.n-likely", n=likely)))


def node_states(catalogue: Catalogue, ready: bool | None, cordoned: bool | None) -> list[Line]:
    """Return the states that nodes were filtered by."""
    keys = {
        "nodes.ready": ready is True,
        "nodes.not-ready": ready is False,
        "nodes.unschedulable": cordoned is True,
        "nodes.schedulable": cordoned is False,
    }
    return [catalogue.say(key) for key, is_asked in keys.items() if is_asked]


def node_state(catalogue: Catalogue, node: NodeFact) -> Line:
    """``Ready, cordoned``."""
    ready = {True: "nodes.ready", False: "nodes.not-ready", None: "nodes.ready-unknown"}[node.is_ready]
    lines = [catalogue.say(ready)]
    if node.is_unschedulable:
        lines.append(catalogue.say("nodes.unschedulable"))
    return join(lines, catalogue.say("join.list"))


def guide_line(catalogue: Catalogue, guide: GuideEntry) -> Line:
    """Return a guide's link, marked when the page is not in the reader's language."""
    line: Line = (Link(guide.url, guide.title),)
    if guide.is_fallback:
        line = (*line, Text(" ("), *catalogue.say("guide.english-only"), Text(")"))
    return line


def ahead(version: str | None, catalogue: Catalogue) -> tuple[Element, ...]:
    """Return where to ask whom a version concerns that no node has yet: "none" alone would read as an all-clear."""
    if version is None:
        return ()
    return (Paragraph(catalogue.say("nodes.ahead", version=version, command=Command(f"when {version}"))),)


def seen(catalogue: Catalogue, what: Seen) -> Footer:
    """Return when the cluster was read, and everything that was not: the end of every answer about it."""
    name = catalogue.say("seen.cluster", name=what.cluster) if what.cluster else catalogue.say("seen.no-name")
    time: Value = what.as_of
    if what.age_seconds is not None:
        time = catalogue.say("seen.time-age", time=what.as_of, age=age(catalogue, what.age_seconds))
    others = [*_overdue(catalogue, what), *_blind(catalogue, what)]
    gaps = [gap for gap in what.gaps if gap.cause is not Cause.SCOPE]
    if what.scope is not None:
        names = names_line(catalogue, what.scope, NAMESPACES_NAMED)
        name = catalogue.say("seen.in-scope", cluster=name, names=names, n=len(what.scope))
    if not gaps:
        key = "seen.complete" if what.scope is None else "seen.scoped"
        line = catalogue.say(key, time=time, cluster=name, kinds=what.kinds)
        return Footer((Paragraph(line, is_faint=True), *others))
    line = catalogue.say("seen.partial", time=time, cluster=name)
    hint = "seen.ask-check"
    if all(gap.cause in (Cause.ABSENT, *_OBJECTS) for gap in gaps):
        hint = "seen.ask-dump" if any(gap.cause is Cause.ABSENT for gap in gaps) else "seen.ask-object"
    again = catalogue.say(hint, command=Command("unshim check", is_whole=True), kinds=Text(",".join(RESOURCES)))
    return Footer(
        (
            Paragraph(line, is_warning=True),
            Bullets(tuple(_gap_lines(catalogue, gaps))),
            Paragraph(again, is_faint=True),
            *others,
        )
    )


def stale(catalogue: Catalogue, what: Seen) -> Paragraph | None:
    """Return the warning that stands right below the first line of an answer from an old view, None for a fresh one."""
    if not what.is_stale or what.age_seconds is None:
        return None
    return Paragraph(catalogue.say("seen.stale", age=age(catalogue, what.age_seconds)), is_warning=True)


def _overdue(catalogue: Catalogue, what: Seen) -> list[Paragraph]:
    if what.overdue is None:
        return []
    why = error_line(BotError(what.overdue.error, **what.overdue.values), catalogue)
    line = catalogue.say("seen.overdue", since=what.overdue.since, why=why)
    return [Paragraph(line, is_warning=True)]


def ends_of(blind: Blind) -> dict[str, Text]:
    """Return the first and last time of day of a time on one day; with seconds where minutes might be the same."""
    form = "%H:%M:%S" if blind.until - blind.since < timedelta(minutes=2) else "%H:%M"
    return {"first": Text(blind.since.strftime(form)), "last": Text(blind.until.strftime(form))}


def _blind(catalogue: Catalogue, what: Seen) -> list[Paragraph]:
    blind = what.blind
    if blind is None:
        return []
    if blind.since.date() == blind.until.date():
        when = catalogue.say("blind.hours", **ends_of(blind))
    else:
        when = catalogue.say("blind.days", first=blind.since, last=blind.until)
    kinds = names_line(catalogue, blind.kinds, UNSEEN_NAMED)
    key = "blind.line-kinds" if blind.kinds else "blind.line"
    line = catalogue.say(key, when=when, kinds=kinds, changes=Command("changes"))
    return [Paragraph(line, is_faint=True)]


def _gap_lines(catalogue: Catalogue, gaps: Sequence[Gap]) -> Iterator[Line]:
    """Yield what was not read, why, and what that means; kinds that fail alike share a line."""
    for cause, (many, loss_of) in _OBJECTS.items():
        damaged = [gap for gap in gaps if gap.cause is cause]
        if len(damaged) <= LOSSES_SPELLED_OUT:
            continue
        counts = [catalogue.say("status.count", what=Text(gap.what), n=gap.count) for gap in damaged]
        kinds = join(counts, catalogue.say("join.list"))
        why = catalogue.say(many, n=sum(gap.count for gap in damaged), kinds=kinds)
        yield catalogue.say("gap.line", what=kinds, why=why, loss=catalogue.say(loss_of))
        gaps = [gap for gap in gaps if gap.cause is not cause]
    alike: dict[tuple[Cause, int, tuple[str, ...]], list[Gap]] = {}
    for gap in gaps:
        is_listed = gap.is_partial or gap.count > 0
        key = (gap.cause, id(gap) if is_listed else gap.status, gap.namespaces)
        alike.setdefault(key, []).append(gap)
    if len(alike) > REASONS_SPELLED_OUT:
        names = dict.fromkeys(gap.what for group in alike.values() for gap in group)
        kinds = join([(Text(name),) for name in names], catalogue.say("join.list"))
        why = catalogue.say("seen.various", kinds=kinds)
        yield catalogue.say("gap.line", what=kinds, why=why, loss=catalogue.say("loss.many"))
        return
    for group in alike.values():
        kinds = join([(Text(gap.what),) for gap in group], catalogue.say("join.list"))
        if len(group) == len(NAMESPACED) and group[0].namespaces:
            kinds = catalogue.say("seen.every-kind")
        why = gap_why(catalogue, group[0], kinds)
        if group[0].cause is Cause.NO_NAMESPACE:
            loss = catalogue.say("seen.namespace-gone")
        elif group[0].is_partial or group[0].count:
            _, loss_of = _OBJECTS.get(group[0].cause, _OBJECTS[Cause.MALFORMED])
            loss = catalogue.say("seen.items-loss" if group[0].what == "items" else loss_of)
        elif len(group) > LOSSES_SPELLED_OUT:
            loss = catalogue.say("loss.many")
        else:
            losses = dict.fromkeys(catalogue.say(f"loss.{gap.what}") for gap in group)
            loss = join(losses, text_line(" "))
        yield catalogue.say("gap.line", what=kinds, why=why, loss=loss)


def gap_why(catalogue: Catalogue, gap: Gap, kinds: Line | None = None) -> Line:
    """Return why something was not read; ``kinds`` when the sentence stands for several."""
    if gap.problem is not None:
        return catalogue.say(f"file-error.{gap.problem.key}", **gap.problem.values)
    objects = names_line(catalogue, [visible(name, LOST_NAME_CHARS) for name in gap.objects], len(gap.objects))
    if gap.count > len(gap.objects):
        more = catalogue.say("status.more", n=gap.count - len(gap.objects))
        objects = join([line for line in (objects, more) if line], catalogue.say("join.list"))
    if gap.what == "version":
        return catalogue.say("seen.version-unread", status=gap.status)
    what = kinds or text_line(gap.what)
    if gap.namespaces:
        names = names_line(catalogue, gap.namespaces, NAMESPACES_NAMED)
        what = catalogue.say("seen.inside", what=what, names=names)
    return catalogue.say(f"gap.{gap.cause}", what=what, status=gap.status, n=gap.count, objects=objects)
