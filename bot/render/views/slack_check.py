"""What ``check`` found about Slack."""

from collections.abc import Mapping

from bot.core.slack_report import Item, SlackReport
from bot.render.document import Document, Element, Line, Paragraph, Table, Text, Verdict
from bot.render.messages import Catalogue


def compose(report: SlackReport, losses: Mapping[str, str], catalogue: Catalogue) -> Document:
    """Return the report. ``losses``: scope to what stops working without it, in the catalogue's language."""
    key = "slack-check.verdict-fine" if report.is_fine else "slack-check.verdict-wrong"
    rows = tuple((catalogue.say(f"slack-mark.{item.mark}"), _line(item, losses, catalogue)) for item in report.items)
    headers = (catalogue.say("table.result"), catalogue.say("slack-check.heading"))
    elements: list[Element] = [Verdict(catalogue.say(key)), Table(headers, rows)]
    return tuple(elements)


def compose_unset(catalogue: Catalogue) -> Document:
    """Return that Slack was not looked at."""
    return (Paragraph(catalogue.say("slack-check.unset")),)


def _line(item: Item, losses: Mapping[str, str], catalogue: Catalogue) -> Line:
    values: dict[str, str | int | Text] = dict(item.values)
    if "scope" in item.values:
        values["loss"] = Text(losses.get(str(item.values["scope"]), ""))
    return catalogue.say(f"slack-check.{item.key}", **values)
