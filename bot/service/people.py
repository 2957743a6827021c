"""Questions about who and when: owners, one milestone, the trend, what changed."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.core.answers import Answer
from bot.service.context import Context

#: Question to its answer; raises BotError where it needs a view and there is none.
PEOPLE: Mapping[type, Callable[[Any, Context], Answer]] = {}
