"""What every answer is made from: the view, the knowledge, the day; nothing is read before it is asked for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.core.blind import Sight
from bot.core.knowledge import Knowledge
from bot.core.milestones import Milestone
from bot.core.seen import Seen
from bot.core.view import ClusterView, Workload
from bot.service.history import History


@dataclass(frozen=True, slots=True)
class Context:
    """What one question is answered with.

    Args:
        view: returns the newest view; raises BotError where there is none.
        language: chooses among guides, every fact is the same in each.
        seen: when a view was read and what it lacks; day: what "today" means for it.
        today: the clock's day, where there is no view.
        moment: what "now" means for a view.
        places: the channel or person that an owner is mapped to, by owner.
        history: earlier reads; None where none are kept.
        sight: returns since when the cluster is watched, and when it was not seen.
        calendar: the milestones, with the team's own dates laid over them.
    """

    view: Callable[[], ClusterView]
    knowledge: Knowledge
    language: str
    seen: Callable[[ClusterView], Seen]
    day: Callable[[ClusterView], date]
    today: Callable[[], date]
    calendar: Callable[[], Sequence[Milestone]]
    moment: Callable[[ClusterView], datetime]
    history: History | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    sight: Callable[[], Sight] = Sight

    def places_of(self, workloads: Iterable[Workload]) -> dict[str, str]:
        """Return where the owners of some workloads are to be found, as far as the settings say."""
        if not self.places:
            return {}
        owners = sorted({workload.owner.name for workload in workloads if workload.owner})
        return {owner: self.places[owner] for owner in owners if owner in self.places}
