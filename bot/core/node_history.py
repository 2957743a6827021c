"""What became of each node: changes of its runtime, kubelet and state, told by two reads and never by a guess."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bot.core.history import DAILY_KEPT
from bot.core.runtimes import Runtime
from bot.core.snapshot import is_whole
from bot.core.view import ClusterView, NodeFact

#: Of one node the newest so many moves are kept, and so many other changes: a node whose readiness flaps, or that comes
#: and goes with an autoscaler, keeps its moves.
MOVES_KEPT, OTHERS_KEPT = 12, 8

#: In all, so many changes are kept and for so long, and the last state of so many nodes that left.
ROWS_KEPT, KEPT_FOR, GONE_KEPT = 50_000, DAILY_KEPT, 5_000

#: A change is told by when it was found, where it lies between two moments no further apart: views a minute old are
#: usual, and some reads may fail.
PRECISE = timedelta(minutes=5)

#: Longest text that is kept of what a node reports, in characters; no release of a runtime or kubelet comes near it.
VALUE_CHARS = 100


class What(StrEnum):
    """What changed of a node, in the order in which changes of one moment are told."""

    RUNTIME = "runtime"
    KUBELET = "kubelet"
    JOINED = "joined"
    READY = "ready"
    CORDON = "cordon"
    LEFT = "left"


#: What is kept apart from all else, so that it stays.
MOVES = (What.RUNTIME, What.KUBELET)

_READY: Final = {True: "ready", False: "not-ready", None: "unknown"}


class NodeRecord(Struct, frozen=True):
    """A node as it was seen last.

    Args:
        runtime: ``containerd://1.6.33``: the value of a Runtime and what `NodeFact.runtime_version` says; kubelet: its
            version. Either is empty where the node never reported it.
        ready: ``ready``, ``not-ready`` or ``unknown``; cordon: ``cordoned`` or ``schedulable``.
        is_there: whether it was in the cluster; else the rest is how it was before it left.
    """

    name: str
    runtime: str
    kubelet: str
    ready: str
    cordon: str
    is_there: bool = True

    def value(self, what: What) -> str:
        """Return what a change of RUNTIME, KUBELET, READY or CORDON is a change of."""
        return {
            What.RUNTIME: self.runtime,
            What.KUBELET: self.kubelet,
            What.READY: self.ready,
            What.CORDON: self.cordon,
        }[what]


class NodeChange(Struct, frozen=True):
    """One change of one node.

    Args:
        at: when it was found; not_before: of what was seen before, the last moment at which that was not so yet. It
            happened between the two, and nobody knows when. A node that came back as another changed when it came back.
        before, after: values of NodeRecord; of JOINED and LEFT the runtime it has then, or had, and else empty.
    """

    at: datetime
    not_before: datetime
    node: str
    what: What
    before: str
    after: str

    @property
    def is_precise(self) -> bool:
        """Whether the two are so near that the later one tells when it was."""
        return self.at - self.not_before <= PRECISE


class NodeHistory(Struct, frozen=True):
    """What is kept of a node: how it was seen last, None where it never was, and its changes, the newest first."""

    record: NodeRecord | None
    changes: tuple[NodeChange, ...]


class NodePast(Struct, frozen=True):
    """What an answer tells of a node's past.

    Args:
        moment: what "now" means; changes: all that are kept, the newest first.
        failure: why it could not be read, as ``told_key`` of the error and its values.
    """

    moment: datetime
    changes: tuple[NodeChange, ...] = ()
    failure: tuple[str, Mapping[str, str | int]] | None = None


def runtime_parts(value: str) -> tuple[Runtime, str]:
    """Return runtime and version of a record's runtime. What another release wrote may be none of ours: unknown."""
    name, _, version = value.partition("://")
    return (Runtime(name), version) if name in set(Runtime) else (Runtime.UNKNOWN, value)


def record_of(node: NodeFact) -> NodeRecord:
    """Return a node as it is now."""
    is_reported = node.runtime is not Runtime.UNKNOWN or node.runtime_version
    return NodeRecord(
        name=kept_name(node.name),
        runtime=_short(f"{node.runtime}://{node.runtime_version}") if is_reported else "",
        kubelet=_short(node.kubelet_version),
        ready=_READY[node.is_ready],
        cordon="cordoned" if node.is_unschedulable else "schedulable",
    )


def node_changes(
    before: Mapping[str, NodeRecord], after: Iterable[NodeFact], before_at: datetime, found_at: datetime
) -> tuple[tuple[NodeChange, ...], dict[str, NodeRecord]]:
    """Return what changed from one complete read of the nodes to the next, and the records that are new or other.

    A node that does not report its runtime or kubelet has not changed it; one that comes back is compared with what it
    was when it left.

    Args:
        before: record of every node by its name, also of those that left; before_at: when it was surely still true.
        after: every node there is; found_at: when that is known.
    """
    changes: list[NodeChange] = []
    records: dict[str, NodeRecord] = {}
    not_before = min(before_at, found_at)

    def note(node: str, what: What, old: str, new: str) -> None:
        changes.append(NodeChange(found_at, not_before, node, what, old, new))

    now = {record.name: record for record in map(record_of, after)}
    for name, found in sorted(now.items()):
        last = before.get(name)
        if last is None:
            note(name, What.JOINED, "", found.runtime)
            records[name] = found
            continue
        # What is not reported is not known, and so it has not changed.
        found = replace(found, runtime=found.runtime or last.runtime, kubelet=found.kubelet or last.kubelet)
        for what in What:
            if what is What.JOINED and not last.is_there:
                note(name, what, "", found.runtime)
            elif what not in (What.JOINED, What.LEFT):
                old, new = last.value(what), found.value(what)
                if old and old != new:
                    note(name, what, old, new)
        if found != last:
            records[name] = found
    for name, last in sorted(before.items()):
        if last.is_there and name not in now:
            note(name, What.LEFT, last.runtime, "")
            records[name] = replace(last, is_there=False)
    return tuple(changes), records


def view_changes(
    before: Mapping[str, NodeRecord], view: ClusterView, before_at: datetime | None, found_at: datetime
) -> tuple[tuple[NodeChange, ...], dict[str, NodeRecord]]:
    """Return the same for a view; nothing for one whose nodes were not all read, and no changes for the first.

    Args:
        before_at: the time of the view before, than which its nodes are never older; None: there was none.
    """
    if not is_comparable(view):
        return (), {}
    if before_at is None:
        return (), {record.name: record for record in map(record_of, view.nodes)}
    return node_changes(before, view.nodes, before_at, found_at)


def is_comparable(view: ClusterView) -> bool:
    """Whether every node was read, and wholly: of others nobody can tell what changed, or who left."""
    return is_whole(view.gaps, "nodes")


def kept_name(name: str) -> str:
    """Return the name under which a node is kept: without what a database refuses, or shows as nothing."""
    return "".join(char for char in name if char.isprintable())


def _short(value: str) -> str:
    return kept_name(value)[:VALUE_CHARS]
