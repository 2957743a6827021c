"""Answer to Document: the one place where an answer gets its words and its order."""

from collections.abc import Callable
from typing import Any

from bot.core.answers import (
    AmbiguousAnswer,
    Answer,
    AtRiskAnswer,
    ExplainAnswer,
    ExportAnswer,
    HelpAnswer,
    MilestonesAnswer,
    NodeAnswer,
    NodesAnswer,
    NotFoundAnswer,
    StatusAnswer,
)
from bot.core.seen import Seen
from bot.core.topic_answers import GuideAnswer
from bot.render.document import Document
from bot.render.messages import Catalogue
from bot.render.parts import Limits, stale
from bot.render.views import (
    ambiguous,
    at_risk,
    explain,
    export,
    guide,
    help_,
    milestones,
    node,
    nodes,
    not_found,
    status,
)

_COMPOSERS: dict[type, Callable[[Any, Catalogue, Limits], Document]] = {
    StatusAnswer: status.compose,
    NodesAnswer: nodes.compose,
    AtRiskAnswer: at_risk.compose,
    ExplainAnswer: explain.compose,
    NodeAnswer: node.compose,
    GuideAnswer: guide.compose,
    MilestonesAnswer: milestones.compose,
    ExportAnswer: export.compose,
    HelpAnswer: help_.compose,
    NotFoundAnswer: not_found.compose,
    AmbiguousAnswer: ambiguous.compose,
}


def compose(answer: Answer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the answer as a document in the catalogue's language, cut to the limits with counts."""
    document = _COMPOSERS[type(answer)](answer, catalogue, limits)
    what: Seen | None = getattr(answer, "seen", None)
    warning = stale(catalogue, what) if what is not None else None
    return document if warning is None else (document[0], warning, *document[1:])
