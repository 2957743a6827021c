"""Earlier reads of the cluster as rows: figures for long, names for as long as somebody may ask what changed."""

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.store.engine import Database
from bot.adapters.store.node_rows import NodeRows
from bot.adapters.store.tables import history, told
from bot.core.history import DAILY_KEPT, Detail, Point, detail_of, keep, point_of
from bot.core.masking import clean
from bot.core.node_history import NodeHistory
from bot.core.runtimes import Runtime
from bot.core.view import ClusterView
from bot.errors import StoreError

#: Reads are kept at most so often, so that the figures of a day are few and its names fewer still.
POINT_EVERY, DETAIL_EVERY = timedelta(minutes=10), timedelta(hours=1)

#: For so long the names of a read are kept; the figures follow `bot.core.history.keep`.
DETAIL_KEPT = timedelta(days=2)

#: Points are thinned at most so often.
THIN_EVERY = timedelta(hours=6)


class HistoryRows:
    """Keeps reads of the cluster, and what each channel was told last. Every method raises StoreError.

    It is the port `bot.service.history.History`. ``nodes``: what changed of each node, recorded apart from the reads.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self.nodes = NodeRows(database, now)
        self._database = database
        self._now = now
        self._lock = threading.Lock()
        self._thinned_at: datetime | None = None

    def record(self, view: ClusterView) -> bool:
        """Keep a read, unless one was kept a moment ago; True when it was kept."""
        with self._database.writing() as connection:
            is_recent = and_(history.c.at > view.as_of - POINT_EVERY, history.c.at <= view.as_of)
            if connection.execute(select(history.c.at).where(is_recent).limit(1)).first() is not None:
                return False
            has_detail = history.c.detail.is_not(None)
            is_past = history.c.at <= view.as_of  # a clock that was ahead for a while leaves reads from there
            detailed = connection.execute(select(func.max(history.c.at)).where(has_detail, is_past)).scalar()
            is_due = detailed is None or view.as_of - detailed >= DETAIL_EVERY
            point = point_of(view)
            values = {
                "at": point.at,
                "is_whole": point.is_whole,
                "by_runtime": json.dumps({str(runtime): n for runtime, n in point.by_runtime.items()}),
                "exposed": point.exposed,
                "at_risk": point.at_risk,
                "to_check": point.to_check,
                "excepted": point.excepted,
                "detail": _written(detail_of(view)) if is_due else None,
            }
            insert = sqlite.insert(history) if self._database.is_sqlite else postgresql.insert(history)
            connection.execute(insert.values(values).on_conflict_do_nothing())
            old = update(history).where(history.c.at < self._now() - DETAIL_KEPT, history.c.detail.is_not(None))
            connection.execute(old.values(detail=None))
        self._thin()
        return True

    def points(self, since: datetime) -> tuple[Point, ...]:
        """Return the points kept from a moment on, oldest first."""
        columns = [column for column in history.c if column is not history.c.detail]
        wanted = select(*columns).where(history.c.at >= since).order_by(history.c.at)
        with self._database.reading() as connection:
            return tuple(_point(row) for row in connection.execute(wanted))

    def detail_before(self, at: datetime) -> Detail | None:
        """Return the last detail kept of a read at or before a moment, None where there is none."""
        has_detail = (history.c.at <= at, history.c.detail.is_not(None))
        wanted = select(history.c.detail).where(*has_detail).order_by(history.c.at.desc()).limit(1)
        with self._database.reading() as connection:
            found = connection.execute(wanted).scalar()
        return _read(found, self._database.place) if found else None

    def node(self, name: str) -> NodeHistory:
        """Return what is kept of the node of a name, the newest change first."""
        return self.nodes.node(name)

    def told(self, channel: str) -> Detail | None:
        """Return the read that a channel's last digest was made from, None when it had none."""
        with self._database.reading() as connection:
            found = connection.execute(select(told.c.detail).where(told.c.channel == channel)).scalar()
        return _read(found, self._database.place) if found else None

    def tell(self, channel: str, detail: Detail) -> None:
        """Keep the read that a channel's digest was made from."""
        values = {"at": self._now(), "detail": _written(detail)}
        insert = sqlite.insert(told) if self._database.is_sqlite else postgresql.insert(told)
        upsert = insert.values(channel=clean(channel), **values)
        with self._database.writing() as connection:
            connection.execute(upsert.on_conflict_do_update(index_elements=["channel"], set_=values))

    def _thin(self) -> None:
        now = self._now()
        with self._lock:
            if self._thinned_at is not None and now - self._thinned_at < THIN_EVERY:
                return
            self._thinned_at = now
        points = self.points(datetime.min.replace(tzinfo=now.tzinfo))
        kept = set(keep(points, now))
        dropped = [point.at for index, point in enumerate(points) if index not in kept]
        with self._database.writing() as connection:
            for start in range(0, len(dropped), 500):
                connection.execute(delete(history).where(history.c.at.in_(dropped[start : start + 500])))
            connection.execute(delete(told).where(told.c.at < now - DAILY_KEPT))


def _point(row: Row[Any]) -> Point:
    counts = json.loads(row.by_runtime)
    return Point(
        at=row.at,
        is_whole=row.is_whole,
        by_runtime={Runtime(name): int(n) for name, n in counts.items()},
        exposed=row.exposed,
        at_risk=row.at_risk,
        to_check=row.to_check,
        excepted=row.excepted,
    )


def _written(detail: Detail) -> str:
    return json.dumps(
        {
            "at": detail.at.isoformat(),
            "is_whole": detail.is_whole,
            "nodes": dict(detail.nodes),
            "findings": {name: list(codes) for name, codes in detail.findings.items()},
            "owners": dict(detail.owners),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _read(text: str, place: str) -> Detail:
    try:
        data = json.loads(text)
        return Detail(
            at=datetime.fromisoformat(data["at"]),
            is_whole=bool(data["is_whole"]),
            nodes=data["nodes"],
            findings={name: tuple(codes) for name, codes in data["findings"].items()},
            owners=data["owners"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError("store-failed", place=place, reason=f"history: {type(error).__name__}") from error
