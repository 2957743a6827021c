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
    HomeAnswer,
    ManageAnswer,
    MilestonesAnswer,
    NodeAnswer,
    NodeGoneAnswer,
    NodesAnswer,
    NotFoundAnswer,
    StatusAnswer,
)
from bot.core.move_answers import (
    CountAnswer,
    DrainAnswer,
    NodeStateAnswer,
    ProgressAnswer,
    ReachAnswer,
    SafeAnswer,
    ServerVersionAnswer,
    UpgradeAnswer,
    WhereAnswer,
)
from bot.core.people_answers import (
    ChangesAnswer,
    HistoryAnswer,
    MilestoneAnswer,
    OwnerAnswer,
    OwnersAnswer,
    TrendAnswer,
)
from bot.core.post_answers import DigestAnswer, DoneAnswer, PostAnswer, ReminderAnswer
from bot.core.seen import Seen
from bot.core.topic_answers import ClarifyAnswer, CourtesyAnswer, FaqAnswer, GuideAnswer, OutOfScopeAnswer
from bot.render.document import Asks, Document, Element, Footer, Heading, Pages, Paragraph, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, stale
from bot.render.views import (
    ambiguous,
    at_risk,
    changes,
    clarify,
    count,
    courtesy,
    digest,
    drain,
    explain,
    export,
    faq,
    guide,
    help_,
    history,
    home,
    manage,
    milestone,
    milestones,
    node,
    node_past,
    node_state,
    nodes,
    not_found,
    out_of_scope,
    owners,
    progress,
    reminder,
    safe,
    server_version,
    status,
    trend,
    upgrade,
    where,
)

_COMPOSERS: dict[type, Callable[[Any, Catalogue, Limits], Document]] = {
    StatusAnswer: status.compose,
    HomeAnswer: home.compose,
    NodesAnswer: nodes.compose,
    AtRiskAnswer: at_risk.compose,
    ExplainAnswer: explain.compose,
    NodeAnswer: node.compose,
    NodeGoneAnswer: node_past.compose_gone,
    GuideAnswer: guide.compose,
    FaqAnswer: faq.compose,
    CourtesyAnswer: courtesy.compose,
    OutOfScopeAnswer: out_of_scope.compose,
    ClarifyAnswer: clarify.compose,
    MilestonesAnswer: milestones.compose,
    MilestoneAnswer: milestone.compose,
    OwnersAnswer: owners.compose,
    OwnerAnswer: owners.compose_one,
    HistoryAnswer: history.compose,
    TrendAnswer: trend.compose,
    ChangesAnswer: changes.compose,
    ExportAnswer: export.compose,
    ManageAnswer: manage.compose,
    HelpAnswer: help_.compose,
    NotFoundAnswer: not_found.compose,
    AmbiguousAnswer: ambiguous.compose,
    CountAnswer: count.compose,
    WhereAnswer: where.compose,
    DrainAnswer: drain.compose,
    NodeStateAnswer: node_state.compose,
    ServerVersionAnswer: server_version.compose,
    ProgressAnswer: progress.compose,
    UpgradeAnswer: upgrade.compose,
    ReachAnswer: upgrade.compose_reach,
    SafeAnswer: safe.compose,
}


_POST_COMPOSERS: dict[type, Callable[[Any, Catalogue, Limits], Document]] = {
    DigestAnswer: digest.compose,
    ReminderAnswer: reminder.compose,
    DoneAnswer: reminder.compose_done,
}


def compose_post(answer: PostAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return what a channel gets without asking, as a document."""
    return _with_age(_POST_COMPOSERS[type(answer)](answer, catalogue, limits), answer.seen, catalogue)


def compose_both(first: Document, second: Document) -> Document:
    """Return two answers as one document: the second under its own first line, what follows from both at the end."""
    ends = (Asks, Footer, Pages)
    asks = {ask.words: ask for element in (*first, *second) if isinstance(element, Asks) for ask in element.asks}
    footers = [element for element in (*second, *first) if isinstance(element, Footer)]
    body: list[Element] = []
    for element in (*first, *(Heading(e.line) if isinstance(e, Verdict) else e for e in second)):
        if isinstance(element, Pages):  # two lists cannot be turned by one pair of buttons
            body.append(Paragraph(element.line, is_faint=True))
        elif not isinstance(element, ends):
            body.append(element)
    return (*body, *([Asks(tuple(asks.values()))] if asks else []), *footers[:1])


def compose(answer: Answer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the answer as a document in the catalogue's language, cut to the limits with counts."""
    return _with_age(_COMPOSERS[type(answer)](answer, catalogue, limits), getattr(answer, "seen", None), catalogue)


def _with_age(document: Document, what: Seen | None, catalogue: Catalogue) -> Document:
    """Return a document that says in its second line when what it tells of is old."""
    warning = stale(catalogue, what) if what is not None else None
    return document if warning is None else (document[0], warning, *document[1:])
