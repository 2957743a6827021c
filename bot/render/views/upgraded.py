"""What an upgrade of the database did."""

from bot.render.document import Document, Text, Verdict
from bot.render.messages import Catalogue


def compose(place: str, before: str | None, after: str, catalogue: Catalogue) -> Document:
    """Return it in one line. ``before``: None where there were no tables."""
    key = "made" if before is None else "same" if before == after else "done"
    return (Verdict(catalogue.say(f"upgraded.{key}", place=place, before=Text(before or ""), after=Text(after))),)
