"""What ``check`` found of the watch of the bot that runs beside it."""

from bot.core.snapshot import RESOURCES
from bot.core.watch_report import Counts, WatchReport
from bot.render.document import Document, Line, Paragraph, Table, Verdict, join
from bot.render.messages import Catalogue
from bot.render.parts import age, names_line

#: Kinds and causes of which so many are named.
NAMED = 6


def compose(report: WatchReport, catalogue: Catalogue) -> Document:
    """Return the report; a line where there is no bot, or none that watches."""
    if report.absence is not None:
        return (Paragraph(catalogue.say(f"watch-check.{report.absence}", address=report.address)),)
    headers = (catalogue.say("table.result"), catalogue.say("watch-check.heading"))
    return (Verdict(_verdict(report, catalogue)), Table(headers, tuple(_rows(report, catalogue))))


def _verdict(report: WatchReport, catalogue: Catalogue) -> Line:
    if report.unseen:
        return catalogue.say("watch-check.verdict-unseen", n=len(report.unseen), all=len(RESOURCES))
    return catalogue.say("watch-check.verdict-stale" if report.is_stale else "watch-check.verdict", n=len(RESOURCES))


def _rows(report: WatchReport, catalogue: Catalogue) -> list[tuple[Line, Line]]:
    rows = []
    if report.unseen:
        names = names_line(catalogue, report.unseen, NAMED)
        rows.append(("wrong", catalogue.say("watch-check.unseen", names=names)))
    if report.oldest is not None:
        kind, seconds = report.oldest
        line = catalogue.say("watch-check.oldest", kind=kind, age=age(catalogue, round(seconds)))
        rows.append(("wrong" if report.is_stale else "fine", line))
    for key, counts in (("relists", report.relists), ("failures", report.failures)):
        if counts:
            rows.append(("note", catalogue.say(f"watch-check.{key}", which=_counted(counts, catalogue))))
    if report.odd:
        kinds = [
            catalogue.say("watch-check.of-kind", kind=kind, which=_counted(counts, catalogue))
            for kind, counts in report.odd
        ]
        rows.append(("note", catalogue.say("watch-check.odd", which=_named(kinds, catalogue))))
    if not (report.relists or report.failures or report.odd):
        rows.append(("fine", catalogue.say("watch-check.quiet")))
    return [(catalogue.say(f"slack-mark.{mark}"), line) for mark, line in rows]


def _counted(counts: Counts, catalogue: Catalogue) -> Line:
    """Return causes as the metrics name them: so they are found in a graph, and in the log."""
    return _named([catalogue.say("watch-check.count", what=what, n=n) for what, n in counts], catalogue)


def _named(lines: list[Line], catalogue: Catalogue) -> Line:
    shown = lines[:NAMED]
    if len(lines) > NAMED:
        shown.append(catalogue.say("status.more", n=len(lines) - NAMED))
    return join(shown, catalogue.say("join.list"))
