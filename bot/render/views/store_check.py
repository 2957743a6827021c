"""What ``check`` found of the place where the bot keeps things."""

from pathlib import PurePath

from bot.core.kept import StoreReport
from bot.render.document import Document, Line, Table, Verdict
from bot.render.messages import Catalogue


def compose(report: StoreReport, catalogue: Catalogue) -> Document:
    """Return the report: what it costs where something is wrong, and what to do about it."""
    verdict = catalogue.say("store-check.verdict-wrong" if report.problem else "store-check.verdict-fine")
    mark = catalogue.say("slack-mark.wrong" if report.problem else "slack-mark.fine")
    rows = ((mark, _line(report, catalogue)), (catalogue.say("slack-mark.fine"), _kept(report, catalogue)))
    headers = (catalogue.say("table.result"), catalogue.say("store-check.heading"))
    return (Verdict(verdict), Table(headers, rows if not report.problem else rows[:1]))


def _line(report: StoreReport, catalogue: Catalogue) -> Line:
    found = report.problem or ("new" if report.is_new else "ready")
    folder = str(PurePath(report.place).parent)
    return catalogue.say(f"store-check.{found}", place=report.place, folder=folder, reason=report.reason or "?")


def _kept(report: StoreReport, catalogue: Catalogue) -> Line:
    return catalogue.say("store-check.kept" if report.days else "store-check.off", n=report.days)
