"""Questions as values: whatever comes in, a command, a mention or a terminal call, becomes one of these."""

from dataclasses import dataclass

from bot.core.runtimes import Runtime


@dataclass(frozen=True, slots=True)
class Status:
    """How far is the cluster; ``target`` narrows it to a pool or a node."""

    target: str | None = None


@dataclass(frozen=True, slots=True)
class Nodes:
    """Which nodes, by any of the filters; an empty question lists all.

    Args:
        runtimes: any of these runtimes; ``docker`` stands for both that run Docker Engine.
        pool: name of a pool.
        version: a kubelet version or its beginning, such as ``1.23``.
        name: a node's name.
        ready: True for Ready nodes, False for those that are not.
    """

    runtimes: tuple[Runtime, ...] = ()
    pool: str | None = None
    version: str | None = None
    name: str | None = None
    ready: bool | None = None


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Which workloads are at risk: in the whole cluster, a namespace, or one workload's name."""

    namespace: str | None = None
    workload: str | None = None


@dataclass(frozen=True, slots=True)
class Explain:
    """Why is a workload listed, or a node what it is: the words as given, ``[NAMESPACE/][KIND/]NAME``."""

    target: str


@dataclass(frozen=True, slots=True)
class Guide:
    """Which guide helps with a topic or a rule code; None lists them all."""

    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Milestones:
    """The whole calendar, marked for this cluster."""


@dataclass(frozen=True, slots=True)
class Export:
    """The full list as a file: workloads with findings, or with ``nodes`` the nodes."""

    nodes: bool = False


@dataclass(frozen=True, slots=True)
class Help:
    """What can be asked. ``unknown``: words that were not understood; ``nearest``: the nearest valid question."""

    unknown: str | None = None
    nearest: str | None = None


Question = Status | Nodes | AtRisk | Explain | Guide | Milestones | Export | Help

#: Stable names of the questions, in JSON and in logs.
KINDS: dict[type, str] = {
    Status: "status",
    Nodes: "nodes",
    AtRisk: "at-risk",
    Explain: "explain",
    Guide: "guide",
    Milestones: "milestones",
    Export: "export",
    Help: "help",
}

#: Questions that can be answered without reading the cluster.
OFFLINE = (Guide, Help)
