"""What became of one node, for the answers about it."""

from bot.core.answers import NodeGoneAnswer
from bot.core.node_history import NodePast
from bot.core.targets import parts_of
from bot.core.view import ClusterView
from bot.errors import StoreError
from bot.service.context import Context


def past_of(name: str, view: ClusterView, context: Context) -> NodePast | None:
    """Return a node's past, or why it cannot be read; None where no history is kept."""
    if context.history is None:
        return None
    moment = context.moment(view)
    try:
        return NodePast(moment, context.history.node(name).changes)
    except StoreError as error:
        return NodePast(moment, failure=(error.told_key, error.values))


def gone(target: str, view: ClusterView, context: Context) -> NodeGoneAnswer | None:
    """Return that a node was in the cluster and is not any more.

    None where there never was such a node, or not every node was read: then it may well be there.
    """
    parts = parts_of(target, view.namespaces)
    seen = context.seen(view)
    if context.history is None or parts is None or not seen.is_whole("nodes"):
        return None
    namespace, kind, name = parts
    if namespace is not None or kind not in (None, "node"):
        return None
    try:
        kept = context.history.node(name)
    except StoreError:
        return None
    is_here = any(node.name == name for node in view.nodes)
    if kept.record is None or is_here:
        return None
    return NodeGoneAnswer(seen, kept.record, NodePast(context.moment(view), kept.changes))
