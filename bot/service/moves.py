"""Questions about moving: where, drain, a node, progress, upgrades, what is safe, how many."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.core.answers import Answer
from bot.service.context import Context

#: Question to its answer; raises BotError where it needs a view and there is none.
MOVES: Mapping[type, Callable[[Any, Context], Answer]] = {}
