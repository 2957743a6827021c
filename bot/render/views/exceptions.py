"""Exceptions: what was accepted until when and why, what became of it, and why an order about it was not followed."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from bot.core.exception_orders import is_begun, words_for
from bot.core.exceptions import Acceptance, Standing, State
from bot.core.orders import Order, Verb
from bot.core.seen import Seen
from bot.core.subscription_words import Problem
from bot.core.view import Finding, Workload
from bot.render.document import (
    Bullets,
    Command,
    Document,
    Element,
    Facts,
    Line,
    Name,
    Paragraph,
    Place,
    Table,
    Text,
    User,
    Verdict,
    join,
    visible,
)
from bot.render.messages import Catalogue, Value
from bot.render.mrkdwn import PROGRAM
from bot.render.parts import names_line, seen, stale
from bot.render.views.orders import problem_line

#: Names that a sentence carries, and rows of a list; the rest is in the export.
SHOWN_NAMES, SHOWN_ROWS = 5, 20

_HEADERS = ("table.workload", "except.code", "except.state", "except.reason", "except.by")

#: What is ordered: entries of ``manage.`` and the words.
_HOW = (
    ("except", words_for(Order(Verb.EXCEPT))),
    ("except-off", words_for(Order(Verb.EXCEPT_OFF))),
    ("except-show", "except show [NAME]"),
    ("except-export", "except export"),
)

#: Of each list the first that needs somebody's eye.
_ORDER = (State.VOID, State.EXPIRED, State.MISSING, State.FIXED, State.HOLDS)

_SLACK_ID = re.compile(r"[UW][A-Z0-9]{2,}")


def told(key: str, catalogue: Catalogue, **values: Value) -> Document:
    """Return an entry of ``except.`` as a message."""
    return (Verdict(catalogue.say(f"except.{key}", **values)),)


def accepted(
    user: str | None, one: Acceptance, earlier: Acceptance | None, left: Sequence[str], catalogue: Catalogue
) -> Document:
    """Return what was accepted. ``user``: for everybody; None: who did it.

    Args:
        left: codes of the workload's other findings that are not accepted.
    """
    who: dict[str, Value] = {"user": User(user)} if user is not None else {}
    key = "accepted" if user is None else "announce-accepted"
    said = catalogue.say(f"except.{key}", code=Text(one.code), workload=one.key.full_name, date=one.until, **who)
    elements: list[Element] = [Verdict(said), Paragraph(catalogue.say("except.because", reason=one.reason))]
    if left:
        codes = join([(Text(code),) for code in dict.fromkeys(left)], catalogue.say("join.list"))
        elements.append(Paragraph(catalogue.say("except.left", codes=codes), is_warning=True))
    if earlier is not None:
        elements.append(Paragraph(catalogue.say("except.instead", date=earlier.until), is_faint=True))
    command = Command(f"except off {one.key.full_name} {one.code}")
    elements.append(Paragraph(catalogue.say("except.holds-while", command=command), is_faint=True))
    return tuple(elements)


def ended(user: str | None, one: Acceptance, catalogue: Catalogue, *, held: bool) -> Document:
    """Return that an exception was ended, and whether it held until then. ``user``: for everybody; None: who did it."""
    values: dict[str, Value] = {"code": Text(one.code), "workload": one.key.full_name}
    key = "ended" if held else "ended-void"
    if user is None:
        return told(key, catalogue, **values)
    return told(f"announce-{key}", catalogue, user=User(user), **values)


def problem(found: Problem, order: Order, catalogue: Catalogue, codes: Sequence[str] = ()) -> Document:
    """Return why an order was not followed, and the whole of it with what was said filled in.

    Args:
        codes: of the findings of the workload that is meant, where one is and its code was not said.
    """
    line = problem_line(found, catalogue)
    if codes:
        names = join([(Text(code),) for code in codes], catalogue.say("join.list"))
        line = (*line, *catalogue.say("except.found-there", names=names))
    if not is_begun(order):
        return _unchanged(line, catalogue)
    command = Command(words_for(order))
    return (Verdict(line), Paragraph(catalogue.say("except.unchanged", command=command)))


def how(catalogue: Catalogue) -> Document:
    """Return how exceptions are made, shown and ended, and what stands for the words in capitals."""
    rows: list[tuple[Line, Line]] = [((Command(words),), catalogue.say(f"manage.{name}")) for name, words in _HOW]
    words = catalogue.say("except.words", explain=Command("explain NAME"))
    return (Verdict(catalogue.say("except.how-all")), Facts(tuple(rows)), Paragraph(words, is_faint=True))


def unknown_code(code: str, near: Sequence[str], catalogue: Catalogue) -> Document:
    """Return that there is no such rule code, the near ones, and where all of them are."""
    line = catalogue.say("except.unknown-code", code=code)
    if near:
        line = (*line, *catalogue.say("except.near-codes", names=names_line(catalogue, near, SHOWN_NAMES)))
    return _unchanged((*line, *catalogue.say("except.all-codes")), catalogue)


def unknown_workload(target: str, near: Sequence[str], catalogue: Catalogue, *, is_whole: bool) -> Document:
    """Return that no such workload is seen, and near ones."""
    line = catalogue.say("except.unknown-workload" if is_whole else "except.unseen-workload", name=target)
    if near:
        line = (*line, *catalogue.say("order.near", names=names_line(catalogue, near, SHOWN_NAMES)))
    return _unchanged(line, catalogue)


def several(target: str, names: Sequence[str], catalogue: Catalogue) -> Document:
    """Return that several things are meant, and all of them."""
    elements = told("several", catalogue, name=target, n=len(names))
    bullets: list[Line] = [(Name(name),) for name in names[:SHOWN_ROWS]]
    if len(names) > SHOWN_ROWS:
        bullets.append(catalogue.say("status.more", n=len(names) - SHOWN_ROWS))
    return (*elements, Bullets(tuple(bullets)))


def no_finding(workload: Workload, code: str, catalogue: Catalogue, *, is_info: bool) -> Document:
    """Return that there is nothing to accept, and what is found on the workload."""
    key = "only-info" if is_info else "no-finding"
    line = catalogue.say(f"except.{key}", code=Text(code), workload=workload.key.full_name)
    codes = dict.fromkeys(finding.code for finding in workload.findings if finding.is_listed)
    if codes:
        names = join([(Text(name),) for name in codes], catalogue.say("join.list"))
        line = (*line, *catalogue.say("except.found-there", names=names))
    return _unchanged(line, catalogue)


def none_such(target: str, code: str, subjects: Sequence[str], catalogue: Catalogue) -> Document:
    """Return that there is no such exception, and which there are."""
    line = catalogue.say("except.none-such", name=f"{target} {code}".strip())
    if subjects:
        line = (*line, *catalogue.say("except.there-are", names=names_line(catalogue, subjects, SHOWN_NAMES)))
    return _unchanged(line, catalogue)


def none_for(target: str, subjects: Sequence[str], catalogue: Catalogue) -> Document:
    """Return that nothing is accepted of a workload, and what is accepted of others."""
    line = catalogue.say("except.none-for", name=target)
    return (Verdict((*line, *catalogue.say("except.there-are", names=names_line(catalogue, subjects, SHOWN_NAMES)))),)


def exported(number: int, name: str, catalogue: Catalogue) -> Document:
    """Return what is in the file."""
    return told("exported" if number else "exported-none", catalogue, n=number, name=name)


def listing(found: Sequence[Standing], what: Seen, catalogue: Catalogue, *, rows: int = SHOWN_ROWS) -> Document:
    """Return how many exceptions there are and what they do, then each of them; what needs an eye first.

    Args:
        what: the read that says what they do; of what was not read nobody can tell that it is gone.
    """
    if not found:
        return _none(catalogue, in_slack=True)
    counts = Counter(standing.state for standing in found)
    states = [catalogue.say(f"except.n-{state}", n=counts[state]) for state in reversed(_ORDER) if counts[state]]
    summary = catalogue.say("except.listed", n=len(found), states=join(states, catalogue.say("join.list")))
    shown = sorted(found, key=lambda standing: _ORDER.index(standing.state))
    table = _table([(each.acceptance, state(each, catalogue)) for each in shown[:rows]], catalogue)
    elements: list[Element] = [Verdict(summary)]
    if (warning := stale(catalogue, what)) is not None:
        elements.append(warning)
    elements.append(table)
    if (counts[State.MISSING] or counts[State.FIXED]) and what.gaps:
        elements.append(Paragraph(catalogue.say("except.maybe-there"), is_warning=True))
    elements += _end([each.acceptance for each in shown[rows:]], catalogue, in_slack=True)
    return (*elements, seen(catalogue, what))


def unseen(
    found: Sequence[Acceptance], catalogue: Catalogue, today: date, *, rows: int = SHOWN_ROWS, in_slack: bool = True
) -> Document:
    """Return the exceptions where no cluster is known, so that nobody can tell whether they hold."""
    if not found:
        return _none(catalogue, in_slack=in_slack)
    listed = [(each, _kept_state(each, today, catalogue)) for each in found[:rows]]
    verdict = Verdict(
        catalogue.say("except.kept", n=len(found), command=Command(f"{PROGRAM} except show", is_whole=True))
    )
    return (verdict, _table(listed, catalogue), *_end(found[rows:], catalogue, in_slack=in_slack))


def state(standing: Standing, catalogue: Catalogue) -> Line:
    """Return what an exception does, with its day: ``until 2027-01-31``, ``expired, 2026-12-01 was its last day``."""
    one = standing.acceptance
    if standing.state is State.VOID and one.voided_at is None:
        return catalogue.say("except.state-void-now")
    day = one.voided_at.date() if one.voided_at is not None and standing.state is State.VOID else one.until
    return catalogue.say(f"except.state-{standing.state}", date=day)


def not_held(standing: Standing, catalogue: Catalogue) -> Line:
    """Return in one line that an exception does not count, and why."""
    one = standing.acceptance
    why = state(standing, catalogue)
    return catalogue.say("except.not-held", code=Text(one.code), workload=one.key.full_name, why=why)


def not_taken(number: int, one: Acceptance, catalogue: Catalogue) -> Line:
    """Return in one line that the exception of an entry, from 1, was left out of an import, since it expired."""
    why = state(Standing(one, State.EXPIRED), catalogue)
    return catalogue.say("except.not-taken", entry=number, code=Text(one.code), workload=one.key.full_name, why=why)


def imported(number: int, replaced: int, place: str, catalogue: Catalogue) -> Document:
    """Return how many were taken over, and how many of them took the place of others."""
    verdict = Verdict(catalogue.say("except.imported", n=number, place=place))
    if not replaced:
        return (verdict,)
    return (verdict, Paragraph(catalogue.say("except.replaced", n=replaced)))


def accepted_row(finding: Finding, catalogue: Catalogue) -> list[tuple[Line, Line]]:
    """Return that a finding is accepted, until when, by whom and why; nothing where it is not."""
    found = finding.excepted
    if found is None:
        return []
    line = catalogue.say("explain.excepted-by", date=found.until, user=person(found.by, catalogue), reason=found.reason)
    return [(catalogue.say("explain.exception"), line)]


def person(by: str, catalogue: Catalogue) -> Line:
    """Return who accepted by the bare id, since nobody is notified by an answer; somebody forgotten has no name."""
    if not by:
        return catalogue.say("except.nobody")
    return (Place(by),) if _SLACK_ID.fullmatch(by) else (Name(visible(by, 63)),)


def _kept_state(one: Acceptance, today: date, catalogue: Catalogue) -> Line:
    """Return what an exception does as far as that can be told without the cluster."""
    kept = State.VOID if one.voided_at is not None else State.EXPIRED if today > one.until else State.HOLDS
    return state(Standing(one, kept), catalogue)


def _table(listed: Sequence[tuple[Acceptance, Line]], catalogue: Catalogue) -> Table:
    return Table(
        headers=tuple(catalogue.say(key) for key in _HEADERS),
        rows=tuple(
            ((Name(one.key.full_name),), (Name(one.code),), what, (Name(one.reason),), person(one.by, catalogue))
            for one, what in listed
        ),
    )


def _none(catalogue: Catalogue, *, in_slack: bool) -> Document:
    if not in_slack:
        return told("none", catalogue)
    command = Command("except deploy/web docker-socket until 2027-01-31 because …")
    return (*told("none", catalogue), Paragraph(catalogue.say("except.how", command=command), is_faint=True))


def _end(left: Sequence[Acceptance], catalogue: Catalogue, *, in_slack: bool) -> Document:
    """Return how many were not shown, and the words that show them."""
    if not left or not in_slack:
        return ()
    one, every = Command(f"except show {left[0].key.full_name}"), Command("except export")
    return (Paragraph(catalogue.say("except.rest", n=len(left), command=one, export=every), is_faint=True),)


def _unchanged(line: Line, catalogue: Catalogue) -> Document:
    unchanged = Paragraph(catalogue.say("order.unchanged", command=Command("except help")), is_faint=True)
    return (Verdict(line), unchanged)
