"""What ``check`` found about Slack."""

from collections.abc import Mapping

from bot.core.slack_report import Item, Mark, SlackReport
from bot.render.document import Document, Line, Paragraph, Table, Text, Verdict
from bot.render.messages import Catalogue


def compose(report: SlackReport, losses: Mapping[str, str], catalogue: Catalogue) -> Document:
    """Return the report. ``losses``: scope to what stops working without it, in the catalogue's language."""
    rows = tuple((catalogue.say(f"slack-mark.{item.mark}"), _line(item, losses, catalogue)) for item in report.items)
    headers = (catalogue.say("table.result"), catalogue.say("slack-check.heading"))
    return (Verdict(_verdict(report, catalogue)), Table(headers, rows))


def compose_unset(catalogue: Catalogue) -> Document:
    """Return that Slack was not looked at."""
    return (Paragraph(catalogue.say("slack-check.unset")),)


def _verdict(report: SlackReport, catalogue: Catalogue) -> Line:
    if not report.is_answered:
        return catalogue.say("slack-check.verdict-unreachable")
    if report.is_refused:
        return catalogue.say("slack-check.verdict-refused")
    wrong = sum(item.mark is not Mark.FINE for item in report.items)
    return catalogue.say("slack-check.verdict-wrong" if wrong else "slack-check.verdict-fine", n=wrong)


def _line(item: Item, losses: Mapping[str, str], catalogue: Catalogue) -> Line:
    values: dict[str, str | int | Text] = dict(item.values)
    if "scope" in item.values:
        values["loss"] = Text(losses.get(str(item.values["scope"]), ""))
    return catalogue.say(f"slack-check.{item.key}", **values)
