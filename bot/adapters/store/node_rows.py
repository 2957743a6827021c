"""What changed of the cluster's nodes as rows, and each node as it was seen last, so that the next process goes on.

Replicas take turns: whoever records holds the row that says when the nodes were read last, and a read that is older
than that is none to compare with.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import Connection, Row, and_, case, delete, func, not_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.store.engine import Database
from bot.adapters.store.tables import node_changes, node_records, nodes_read
from bot.core.node_history import (
    GONE_KEPT,
    KEPT_FOR,
    MOVES,
    MOVES_KEPT,
    OTHERS_KEPT,
    ROWS_KEPT,
    NodeChange,
    NodeHistory,
    NodeRecord,
    What,
    is_comparable,
    kept_name,
    view_changes,
)
from bot.core.view import ClusterView

#: A read kept from so far ahead of the clock is one of a clock that was wrong, and holds up none of now.
AHEAD = timedelta(minutes=10)

#: Old rows are looked for at most so often, but for those of nodes that changed.
TIDY_EVERY = timedelta(hours=6)

#: Names in one statement: SQLite takes 32,766 values, older releases 999.
_AT_ONCE = 500


class NodeRows:
    """Keeps what changed of nodes. Every method raises StoreError.

    Args:
        rows: changes that are kept in all.
    """

    def __init__(self, database: Database, now: Callable[[], datetime], rows: int = ROWS_KEPT) -> None:
        self._database = database
        self._now = now
        self._rows = rows
        self._known: tuple[datetime, Mapping[str, NodeRecord]] | None = None
        self._tidied_at: datetime | None = None

    def record(self, view: ClusterView) -> int:
        """Keep what changed since the nodes were read last, and return how many changes; for one thread at a time.

        Nothing is kept of a view whose nodes were not all read, or that is not newer than the last that was.
        """
        if not is_comparable(view):
            return 0
        now = self._now()
        with self._database.writing() as connection:
            # The row is locked, so that two replicas do not tell one change twice; SQLite has one writer anyway.
            read_at = connection.execute(select(nodes_read.c.at).with_for_update()).scalar()
            if read_at is None:
                # Another that began at the same moment is waited for here, and then was first.
                first = self._insert(nodes_read).values(id=1, at=view.as_of).on_conflict_do_nothing()
                if not connection.execute(first).rowcount:
                    return 0
            elif view.as_of <= read_at <= now + AHEAD:
                return 0
            records = self._records(connection, read_at)
            changes, other = view_changes(records, view, read_at)
            connection.execute(update(nodes_read).values(at=view.as_of))
            self._write(connection, changes, other, view.as_of)
            is_due = self._tidied_at is None or now - self._tidied_at >= TIDY_EVERY
            if changes or is_due:
                self._tidy(connection, sorted({change.node for change in changes}), now)
        self._known = (view.as_of, {**records, **other})
        if is_due:
            self._tidied_at = now
            self._known = None  # some that left may have been forgotten
        return len(changes)

    def node(self, name: str) -> NodeHistory:
        """Return what is kept of a node, the newest change first."""
        name = kept_name(name)
        found = select(node_changes).where(node_changes.c.node == name)
        with self._database.reading() as connection:
            record = connection.execute(select(node_records).where(node_records.c.name == name)).first()
            rows = connection.execute(found.order_by(node_changes.c.at.desc(), node_changes.c.id)).all()
        known = set(What)  # a release to come may keep more
        return NodeHistory(
            _record(record) if record is not None else None, tuple(_change(row) for row in rows if row.what in known)
        )

    def _records(self, connection: Connection, read_at: datetime | None) -> Mapping[str, NodeRecord]:
        if self._known is not None and self._known[0] == read_at:  # nobody has written since
            return self._known[1]
        return {row.name: _record(row) for row in connection.execute(select(node_records))}

    def _write(
        self, connection: Connection, changes: Sequence[NodeChange], other: Mapping[str, NodeRecord], at: datetime
    ) -> None:
        if other:
            upsert = self._insert(node_records)
            values = {column.name: upsert.excluded[column.name] for column in node_records.c if column.name != "name"}
            rows = [{**asdict(record), "at": at} for record in other.values()]
            connection.execute(upsert.on_conflict_do_update(index_elements=["name"], set_=values), rows)
        if changes:
            rows = [{**asdict(change), "what": str(change.what)} for change in changes]
            connection.execute(self._insert(node_changes).on_conflict_do_nothing(), rows)

    def _tidy(self, connection: Connection, changed: Sequence[str], now: datetime) -> None:
        """Remove what is more than is kept: of each node that changed, of all of them, and what is too old."""
        changes, records = node_changes.c, node_records.c
        is_move = changes.what.in_([str(what) for what in MOVES])
        newest = (changes.at.desc(), changes.id.desc())
        rank = func.row_number().over(partition_by=(changes.node, is_move), order_by=newest).label("rank")
        for start in range(0, len(changed), _AT_ONCE):
            is_meant = changes.node.in_(changed[start : start + _AT_ONCE])
            ranked = select(changes.id, rank, is_move.label("is_move")).where(is_meant).subquery()
            many = or_(
                and_(ranked.c.is_move, ranked.c.rank > MOVES_KEPT),
                and_(not_(ranked.c.is_move), ranked.c.rank > OTHERS_KEPT),
            )
            connection.execute(delete(node_changes).where(changes.id.in_(select(ranked.c.id).where(many))))
        connection.execute(delete(node_changes).where(changes.at < now - KEPT_FOR))
        if connection.execute(select(func.count()).select_from(node_changes)).scalar_one() > self._rows:
            # Nodes that left go first: where an autoscaler makes new ones every hour, those that stay keep their past.
            with_record = node_changes.outerjoin(node_records, changes.node == records.name)
            order = (case((records.is_there, 1), else_=0).desc(), *newest)
            surplus = select(changes.id).select_from(with_record).order_by(*order).offset(self._rows)
            connection.execute(delete(node_changes).where(changes.id.in_(surplus)))
        gone = select(records.name).where(not_(records.is_there))
        surplus = gone.order_by(records.at.desc(), records.name).offset(GONE_KEPT)
        too_old = gone.where(records.at < now - KEPT_FOR)
        connection.execute(delete(node_records).where(or_(records.name.in_(surplus), records.name.in_(too_old))))

    def _insert(self, table: Any) -> Any:
        return sqlite.insert(table) if self._database.is_sqlite else postgresql.insert(table)


def _record(row: Row[Any]) -> NodeRecord:
    return NodeRecord(row.name, row.runtime, row.kubelet, row.ready, row.cordon, row.is_there)


def _change(row: Row[Any]) -> NodeChange:
    return NodeChange(row.at, row.not_before, row.node, What(row.what), row.before, row.after)
