"""What ``check`` found about Slack: one item a question, with its answer."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field


class Mark(StrEnum):
    """How an item stands; each is an entry ``slack-mark.<mark>`` of the message catalogue."""

    FINE = "fine"
    WRONG = "wrong"
    UNKNOWN = "unknown"


class Item(Struct, frozen=True):
    """One thing looked at.

    Args:
        key: an entry of ``slack-check.``.
        values: its placeholders, untrusted text.
        is_refusal: a token is missing, is none, or does not work.
    """

    key: str
    mark: Mark
    values: Mapping[str, str | int] = field(default_factory=dict)
    is_refusal: bool = False


class SlackReport(Struct, frozen=True):
    """Everything looked at, in order.

    Args:
        is_answered: whether Slack answered at all.
        is_refused: with these tokens the bot cannot work.
    """

    items: tuple[Item, ...]
    is_answered: bool
    is_refused: bool = False

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong or unknown."""
        return all(item.mark is Mark.FINE for item in self.items)
