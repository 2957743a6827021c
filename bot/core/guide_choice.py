"""Which guides a reader of this cluster needs first: its provider's own before everybody's. Pure."""

from collections.abc import Iterable

from bot.core.milestones import Milestone
from bot.core.runtimes import Runtime
from bot.core.view import ClusterView

#: A provider's own guides: for clusters with Docker nodes, and for those without.
_OWN = {
    "gke": (("gke", "gke-deprecation"), ("gke-containerd-2",)),
    "eks": (("eks",), ()),
    "aks": (("aks-win",), ()),
}

#: Guides on changing a node by hand: on a managed cluster the provider's own way comes before them.
_BY_HAND = frozenset({"to-containerd", "linux-nodes", "kubeadm-upgrade"})

#: Guides that only some clusters can use.
_WINDOWS = frozenset({"aks-win", "windows"})

#: Guides for dates that name none, such as a team's own: where nodes have to change by then, and for all others.
_CHANGE, _READ = ("to-containerd",), ("overview",)
_ENDS = ("plan", "removal", "end-of-support")


def chosen(guides: Iterable[str], view: ClusterView | None) -> tuple[str, ...]:
    """Return guide ids in the order in which a reader of this cluster needs them.

    The provider's own come first, those of other providers go. What nobody knows changes nothing.
    """
    ids = tuple(dict.fromkeys(guides))
    own = _own(view) if view is not None else ()
    if view is None or view.provider not in _OWN:
        return ids
    others = {name for provider, sets in _OWN.items() if provider != view.provider for of in sets for name in of}
    if _BY_HAND.isdisjoint(ids):
        own = tuple(name for name in own if name in ids)
    return tuple(dict.fromkeys((*own, *(name for name in ids if name not in others))))


def for_date(milestone: Milestone, view: ClusterView | None) -> tuple[str, ...]:
    """Return the guides that help with a date, in the order of `chosen`; where the date names none, by what it is."""
    return chosen(milestone.guides or (_CHANGE if milestone.kind in _ENDS else _READ), view)


def _own(view: ClusterView) -> tuple[str, ...]:
    on_docker, off_docker = _OWN.get(view.provider or "", ((), ()))
    has_windows = any("windows" in node.os_image.lower() for node in view.nodes)
    is_off = bool(view.nodes) and all(
        not node.runtime.is_docker and node.runtime is not Runtime.UNKNOWN for node in view.nodes
    )
    return tuple(name for name in (off_docker if is_off else on_docker) if has_windows or name not in _WINDOWS)
