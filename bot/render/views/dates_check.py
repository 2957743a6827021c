"""What ``check`` found of the file with this cluster's own dates."""

from bot.render.document import Document, Verdict
from bot.render.messages import Catalogue


def compose(path: str, dates: int, catalogue: Catalogue) -> Document:
    """Return that the file was read, and how many dates are in it."""
    return (Verdict(catalogue.say("dates-check.read", path=path, n=dates)),)
