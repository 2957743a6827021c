"""How far a cluster can be upgraded: version skew, and what each kubelet asks of its runtime. Pure; plans no work.

Source: kubernetes.io "Version Skew Policy", the changelogs of 1.24 and 1.26, KEP 4033 for 1.38; read 2026-11-22.
"""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from bot.core.runtimes import FIRST_WITHOUT_DOCKERSHIM, Grade, Runtime
from bot.core.versions import Version, parse
from bot.core.view import NodeFact

#: The newest minor that anything is known of, and the day it is planned for (kubernetes.io releases, 2026-11-22).
NEWEST = Version(1, 38)
NEWEST_DAY = date(2026, 12, 16)

#: From this minor on a kubelet may be three minors older than the API server, before it two.
THREE_OLDER_FROM = 25

#: The first kubelet that speaks only CRI v1: no containerd below 1.6, no cri-dockerd below 0.3.0.
ONLY_CRI_V1 = Version(1, 26)
FIRST_CONTAINERD_WITH_CRI_V1 = Version(1, 6)

#: The first containerd and CRI-O that kubelet 1.38 is planned to start on.
FIRST_CONTAINERD_FOR_NEWEST = Version(2, 0)
FIRST_CRIO_FOR_NEWEST = Version(1, 28)


class Obstacle(Struct, frozen=True):
    """Why a node's kubelet cannot, or may not be able to, go further with the runtime it has.

    Args:
        reason: entry ``upgrade.stuck-<reason>`` or ``upgrade.unsure-<reason>`` of the catalogue.
        since: the first kubelet it stops.
        is_certain: False where it depends on something no node tells, or on a plan.
    """

    reason: str
    since: Version
    is_certain: bool


class Group(Struct, frozen=True):
    """Nodes of one pool with one runtime and one obstacle; ``likely`` of them, ``likely_nodes``, not for certain."""

    pool: str | None
    runtime: Runtime
    nodes: tuple[str, ...]
    obstacle: Obstacle | None
    likely: int = 0
    likely_nodes: tuple[str, ...] = ()


class Judgement(Struct, frozen=True):
    """Whether a cluster can go to a minor.

    Args:
        base: the API server's minor, or where that is unknown the newest kubelet's, which it cannot be below; None:
            neither is known.
        control: ``there``, ``step`` (it is the next minor), ``steps`` (by way of those between), ``kubelets-first``
            (kubelets are too old for it), ``runtimes-first`` (and cannot be raised with their runtime), ``unknown``.
        old: the oldest kubelet, where it is too old for an API server of the target.
        too_old: nodes with a kubelet too old for it; behind: nodes with a kubelet below it.
        stuck, unsure: of those behind, the nodes whose runtime stops, or may stop, a kubelet of the target.
        unread: nodes whose kubelet's version cannot be read.
    """

    target: Version
    base: Version | None
    control: str
    via: tuple[Version, ...]
    old: Version | None
    too_old: int
    behind: int
    stuck: tuple[Group, ...]
    unsure: tuple[Group, ...]
    unread: int


class Reach(Struct, frozen=True):
    """The highest version a cluster can go to.

    Args:
        base: as in Judgement.
        now: the highest API server with the kubelets as they are, one minor at a time; None where nothing is known.
        held_by: the nodes whose kubelet keeps it from going higher, ``held_at`` their kubelet's minor.
        later: the highest API server once every kubelet is raised as far as its runtime lets it.
        groups: every node, with what stops its kubelet.
        step: what to do next: ``runtime`` (change the runtime of nodes that are stuck), ``server``, ``kubelets``,
            ``none``.
    """

    base: Version | None
    now: Version | None
    held_by: int
    held_at: Version | None
    later: Version | None
    groups: tuple[Group, ...]
    step: str
    unread: int


def takes(server: Version, kubelet: Version) -> bool:
    """Whether an API server of a minor takes a kubelet of a minor: not newer, and not too old."""
    server, kubelet = Version(server.major, server.minor), Version(kubelet.major, kubelet.minor)
    return kubelet <= server <= highest_server(kubelet)


def highest_server(kubelet: Version) -> Version:
    """Return the newest API server, as a minor, under which a kubelet may stay."""
    older = 3 if kubelet.minor >= THREE_OLDER_FROM else 2
    return Version(kubelet.major, kubelet.minor + older)


def obstacle(node: NodeFact) -> Obstacle | None:
    """Return what stops the kubelet of a node with its present runtime, None where no rule does."""
    version = parse(node.runtime_version)
    if node.runtime is Runtime.DOCKERSHIM:
        return Obstacle("dockershim", FIRST_WITHOUT_DOCKERSHIM, is_certain=True)
    if node.runtime is Runtime.CRI_DOCKERD:  # the node tells the version of Docker Engine, not that of cri-dockerd
        return Obstacle("cri-dockerd", ONLY_CRI_V1, is_certain=False)
    if node.runtime is Runtime.UNKNOWN:
        return Obstacle("unknown", Version(0, 0), is_certain=False)
    if node.runtime is Runtime.CRI_O:
        is_enough = version is not None and version >= FIRST_CRIO_FOR_NEWEST
        return None if is_enough else Obstacle("cri-o", NEWEST, is_certain=False)
    if version is None:
        return Obstacle("containerd-unread", ONLY_CRI_V1, is_certain=False)
    if version < FIRST_CONTAINERD_WITH_CRI_V1:
        return Obstacle("cri-v1", ONLY_CRI_V1, is_certain=True)
    return Obstacle("containerd-1", NEWEST, is_certain=False) if version < FIRST_CONTAINERD_FOR_NEWEST else None


def judge(server: Version | None, nodes: Iterable[NodeFact], target: Version) -> Judgement:
    """Return whether a cluster can go to a minor; a patch of the target does not matter."""
    target = Version(target.major, target.minor)
    nodes = tuple(nodes)
    kubelets = _kubelets(nodes)
    base = _base(server, kubelets)
    too_old = [(node, kubelet) for node, kubelet in kubelets if highest_server(kubelet) < target]
    behind = [node for node, kubelet in kubelets if kubelet < target]
    stops = [node for node in behind if (found := obstacle(node)) is not None and found.since <= target]
    groups = grouped(stops)
    return Judgement(
        target=target,
        base=base,
        control=_control(base, target, [node for node, _ in too_old]),
        via=() if base is None else tuple(Version(1, minor) for minor in range(base.minor + 1, target.minor)),
        old=min((kubelet for _, kubelet in too_old), default=None),
        too_old=len(too_old),
        behind=len(behind),
        stuck=tuple(group for group in groups if group.obstacle and group.obstacle.is_certain),
        unsure=tuple(group for group in groups if group.obstacle and not group.obstacle.is_certain),
        unread=len(nodes) - len(kubelets),
    )


def reach(server: Version | None, nodes: Iterable[NodeFact], newest: Version) -> Reach:
    """Return the highest version a cluster can go to, ``newest`` at most."""
    nodes = tuple(nodes)
    kubelets = _kubelets(nodes)
    base = _base(server, kubelets)
    groups = grouped(nodes)
    unread = len(nodes) - len(kubelets)
    if base is None:
        return Reach(None, None, 0, None, None, groups, "none", unread)
    oldest = min((kubelet for _, kubelet in kubelets), default=None)
    now = max(min(newest, highest_server(oldest)) if oldest else newest, base)
    is_held = oldest is not None and highest_server(oldest) <= now < newest
    ends = [_end(found) for node in nodes if (found := obstacle(node)) is not None and found.is_certain]
    later = max(min([newest, *(highest_server(end) for end in ends)]), now)
    if ends and later < newest:
        step = "runtime"
    elif now > base:
        step = "server"
    else:
        step = "kubelets" if is_held else "none"
    held = sum(kubelet == oldest for _, kubelet in kubelets) if is_held else 0
    return Reach(base, now, held, oldest if is_held else None, later, groups, step, unread)


def newest_out(today: date) -> Version:
    """Return the newest minor that is out on a day, as far as is known."""
    return NEWEST if today >= NEWEST_DAY else Version(1, NEWEST.minor - 1)


def grouped(nodes: Iterable[NodeFact]) -> tuple[Group, ...]:
    """Return the nodes by pool, runtime and obstacle: what is stuck first, then what may be, then most nodes."""
    parts: dict[tuple[str | None, Runtime, Obstacle | None], list[NodeFact]] = {}
    for node in nodes:
        parts.setdefault((node.pool, node.runtime, obstacle(node)), []).append(node)
    groups = []
    for (pool, runtime, found), held in parts.items():
        unsure = tuple(node.name for node in held if node.grade is not Grade.CERTAIN)
        groups.append(Group(pool, runtime, tuple(node.name for node in held), found, len(unsure), unsure))
    return tuple(sorted(groups, key=_worst_first))


def _worst_first(group: Group) -> tuple[int, int, str, str]:
    rank = 2 if group.obstacle is None else int(not group.obstacle.is_certain)
    return (rank, -len(group.nodes), group.pool or "", str(group.runtime))


def _kubelets(nodes: Iterable[NodeFact]) -> list[tuple[NodeFact, Version]]:
    parsed = ((node, parse(node.minor or "")) for node in nodes)
    return [(node, version) for node, version in parsed if version is not None and version.major == 1]


def _base(server: Version | None, kubelets: list[tuple[NodeFact, Version]]) -> Version | None:
    if server is not None:
        return Version(server.major, server.minor)
    return max((kubelet for _, kubelet in kubelets), default=None)


def _end(found: Obstacle) -> Version:
    """Return the last kubelet that an obstacle lets be."""
    return Version(found.since.major, found.since.minor - 1)


def _control(base: Version | None, target: Version, too_old: list[NodeFact]) -> str:
    if base is None:
        return "unknown"
    if base >= target:
        return "there"
    if too_old:
        ends = [_end(found) for node in too_old if (found := obstacle(node)) is not None and found.is_certain]
        return "runtimes-first" if any(highest_server(end) < target for end in ends) else "kubelets-first"
    return "step" if target.minor == base.minor + 1 else "steps"
