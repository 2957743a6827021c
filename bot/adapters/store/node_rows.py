"""What changed of the cluster's nodes as rows, and each node as it was seen last, so that the next process goes on.

Replicas take turns: whoever records holds the row of the last view that was. Nodes may be newer than their view says,
which is as old as what was heard least; so another process goes on only with a view from after that was recorded.
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

#: A view recorded so far ahead of the clock is one of a clock that was wrong, and holds up none of now.
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
        self._version: int | None = None  # what this process wrote last
        self._known: Mapping[str, NodeRecord] | None = None  # the records as they were then
        self._tidied_at: datetime | None = None

    def record(self, view: ClusterView) -> int:
        """Keep what changed since nodes were recorded last, and return how many changes; for one thread at a time.

        Views come in their order. Nothing is kept of one whose nodes were not all read, or whose nodes may be older
        than those that another process recorded.
        """
        if not is_comparable(view):
            return 0
        now = self._now()
        with self._database.writing() as connection:
            # The row is locked, so that two replicas do not tell one change twice; SQLite has one writer anyway.
            last = connection.execute(select(nodes_read).with_for_update()).first()
            version = last.version if last is not None else 0
            is_own = self._version == version  # nobody else has written since
            values = {"version": version + 1, "at": now, "as_of": view.as_of}
            if last is None:
                # Another that began at the same moment is waited for here, and then was first.
                first = self._insert(nodes_read).values(id=1, **values).on_conflict_do_nothing()
                if not connection.execute(first).rowcount:
                    return 0
            elif not is_own and view.as_of < last.at <= now + AHEAD:
                return 0
            else:
                connection.execute(update(nodes_read).values(values))
            records = self._known if self._known is not None and is_own else self._records(connection)
            changes, other = view_changes(records, view, last.as_of if last is not None else None, now)
            self._write(connection, changes, other, now)
            is_due = self._tidied_at is None or now - self._tidied_at >= TIDY_EVERY
            if changes or is_due:
                self._tidy(connection, sorted({change.node for change in changes}), now)
        self._version, self._known = version + 1, {**records, **other}
        if is_due:
            self._tidied_at, self._known = now, None  # some that left may have been forgotten
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

    def _records(self, connection: Connection) -> Mapping[str, NodeRecord]:
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
