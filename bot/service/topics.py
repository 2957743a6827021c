"""Questions about knowledge, and those that are none: topics, courtesies, what is out of scope, what was unclear."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.core.answers import Answer
from bot.service.context import Context

#: Question to its answer; raises BotError where it needs a view and there is none.
TOPICS: Mapping[type, Callable[[Any, Context], Answer]] = {}
