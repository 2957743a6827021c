"""Templates judged once each, with the knowledge that it takes."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from bot.core.agents import Agents
from bot.core.objects import Template
from bot.core.pools import PoolTable
from bot.core.rules import Match, judge
from bot.core.volumes import ClaimIndex

#: So many templates stay judged, whether they are in use or not.
TEMPLATES_KEPT = 2_000


class Judging(Struct, frozen=True):
    """The knowledge that judging needs.

    Args:
        pools: provider and pool table.
        agents: known agents.
        guides: guide id by rule code.
    """

    pools: PoolTable
    agents: Agents
    guides: Mapping[str, str]


class Judge:
    """Judges each distinct template once; follows claims and runtime classes to what is behind them first."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents
        self._known: dict[Template, tuple[Match, ...]] = {}
        self.claims = ClaimIndex()
        self.handlers: Mapping[str, str] = {}
        self._tidy_above = TEMPLATES_KEPT

    def __call__(self, template: Template, namespace: str) -> tuple[Match, ...]:
        if not template.volumes and not template.containers:
            return ()
        template = self.claims.followed(template, namespace)
        if template.runtime_class and (handler := self.handlers.get(template.runtime_class)):
            template = replace(template, runtime_handler=handler)
        matches = self._known.get(template)
        if matches is None:
            matches = self._known[template] = judge(template, self._agents)
        return matches

    def tidy(self, templates: Callable[[], Iterable[Template]]) -> None:
        """Forget what was judged once and is of no use any more, once there is so much that it may be most.

        Args:
            templates: returns those in use.
        """
        if len(self._known) > self._tidy_above:
            known = self._known
            self._known = {template: known[template] for template in templates() if template in known}
            self._tidy_above = max(TEMPLATES_KEPT, len(self._known) * 5 // 4)
