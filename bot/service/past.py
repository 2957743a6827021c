"""Questions about how the cluster came to be as it is: the trend, and what changed."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from bot.core.answers import Answer
from bot.core.blind import Blind
from bot.core.forecast import forecast
from bot.core.history import DAILY_KEPT, Point, changes, daily, detail_of, point_of
from bot.core.milestones import states, upcoming
from bot.core.people_answers import ChangesAnswer, HistoryAnswer, TrendAnswer
from bot.core.questions import Changes, Trend
from bot.core.view import ClusterView
from bot.errors import StoreError
from bot.service.context import Context

#: How far back a trend is compared with.
BACK = timedelta(days=30)

#: From when on changes are told where nothing else was asked.
RECENTLY = timedelta(hours=24)


def _trend(question: Trend, context: Context) -> Answer:
    view = context.view()
    if context.history is None:
        return _untold("trend", view, context)
    now = point_of(view)
    try:
        kept = context.history.points(context.moment(view) - DAILY_KEPT)
    except StoreError as error:
        return _untold("trend", view, context, error=error)
    points = daily([*(point for point in kept if point.at < now.at), now])
    today = context.day(view)
    calendar = states(context.calendar(), view.nodes, today, view.with_findings)
    return TrendAnswer(
        seen=context.seen(view),
        nodes_known=view.nodes_known,
        now=now,
        before=_before(points, now),
        points=points,
        nodes=forecast(points, today),
        exposed=forecast(points, today, lambda point: point.exposed),
        next_milestone=upcoming(calendar),
        excepted=view.excepted,
        marks=tuple((state.milestone.version, state.milestone.day) for state in calendar if state.is_concerning),
    )


def _before(points: tuple[Point, ...], now: Point) -> Point | None:
    whole = [point for point in points if point.is_whole and point.day < now.day]
    return next((point for point in reversed(whole) if now.day - point.day >= BACK), next(iter(whole), None))


def _changes(question: Changes, context: Context) -> Answer:
    view = context.view()
    # Earlier than the view itself, which is kept by now: an old view, or a day ahead, is compared with the one before.
    since = min(_since(question, context.moment(view)), view.as_of - timedelta(microseconds=1))
    sight = context.sight()
    blind = tuple(time for time in sight.blind if time.until > since)
    unbroken = sight.unbroken if not blind else None
    if context.history is None:
        return _untold("changes", view, context, blind=blind, unbroken=unbroken)
    try:
        before = context.history.detail_before(since)
    except StoreError as error:
        return _untold("changes", view, context, error=error, blind=blind, unbroken=unbroken)
    if before is None:
        return _untold("changes", view, context, since=since, blind=blind, unbroken=unbroken)
    return ChangesAnswer(context.seen(view), changes(before, detail_of(view)), blind, unbroken)


def _since(question: Changes, now: datetime) -> datetime:
    """Return the moment that the earlier read must not be later than."""
    if question.since is not None:
        return datetime.combine(question.since, time(), UTC)
    return now - (timedelta(days=question.days) if question.days else RECENTLY)


def _untold(
    what: str,
    view: ClusterView,
    context: Context,
    *,
    since: datetime | None = None,
    error: StoreError | None = None,
    blind: tuple[Blind, ...] = (),
    unbroken: datetime | None = None,
) -> HistoryAnswer:
    docker = sum(node.runtime.is_docker for node in view.nodes)
    return HistoryAnswer(
        context.seen(view),
        what,
        view.nodes_known,
        len(view.nodes),
        docker,
        len(view.at_risk),
        view.to_check,
        since,
        (error.told_key, error.values) if error else None,
        view.excepted,
        blind,
        unbroken,
    )


#: Question to its answer; raises BotError where there is no view.
PAST: Mapping[type, Callable[[Any, Context], Answer]] = {Trend: _trend, Changes: _changes}
