"""What ``check`` found about Slack: one item a question, with its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Mark(StrEnum):
    """How an item stands; each is an entry ``slack-mark.<mark>`` of the message catalogue."""

    FINE = "fine"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Item:
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


@dataclass(frozen=True, slots=True)
class SlackReport:
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
