"""Questions as values: whatever comes in, a command, a mention or a terminal call, becomes one of these."""

from datetime import date

from msgspec import Struct

from bot.core.runtimes import Runtime


class Status(Struct, frozen=True):
    """How far is the cluster; ``target`` narrows it to a pool or a node."""

    target: str | None = None


class Nodes(Struct, frozen=True):
    """Which nodes, by any of the filters; an empty question lists all.

    Args:
        runtimes: any of these runtimes; ``docker`` stands for both that run Docker Engine.
        pool: name of a pool.
        version: a kubelet version or its beginning, such as ``1.23``.
        name: a node's name.
        ready: True for Ready nodes, False for those that are not.
        cordoned: True for nodes that take no new pods, False for those that do.
    """

    runtimes: tuple[Runtime, ...] = ()
    pool: str | None = None
    version: str | None = None
    name: str | None = None
    ready: bool | None = None
    cordoned: bool | None = None


class Count(Struct, frozen=True):
    """How many of something.

    Args:
        what: an entry of COUNTED. ``workloads`` and ``pods`` are all there are, ``at-risk`` the workloads at risk,
            ``exposed`` their exposed pods, ``namespaces`` all, ``owners`` those of workloads at risk.
        runtimes, pool, version, ready, cordoned: as in Nodes, for nodes.
        namespace, owner: for pods and workloads.
    """

    what: str
    runtimes: tuple[Runtime, ...] = ()
    pool: str | None = None
    version: str | None = None
    ready: bool | None = None
    namespace: str | None = None
    owner: str | None = None
    cordoned: bool | None = None


#: Words of the states that Nodes and Count filter by.
NODE_STATES = ("ready", "notready", "not-ready", "cordoned", "schedulable")


#: What Count counts.
COUNTED = ("nodes", "pools", "namespaces", "workloads", "pods", "at-risk", "exposed", "owners")


class Where(Struct, frozen=True):
    """On which nodes and runtimes a workload's pods run: the words as given, ``[NAMESPACE/][KIND/]NAME``."""

    target: str


class Drain(Struct, frozen=True):
    """What on a node depends on Docker, and what draining it would stop for good or for a while."""

    node: str


class NodeState(Struct, frozen=True):
    """How one node is: ``aspect`` is what the first line tells, of ASPECTS."""

    name: str
    aspect: str = "state"


#: What NodeState can be about.
ASPECTS = ("state", "kubelet", "runtime")


class ServerVersion(Struct, frozen=True):
    """Which version the API server is."""


class Progress(Struct, frozen=True):
    """Which share of the nodes, of a pool or of all, has left Docker, in percent."""

    target: str | None = None


class Upgrade(Struct, frozen=True):
    """Whether the cluster can go to a version, such as ``1.24``; None: which is the highest it can go to now."""

    version: str | None = None


class Safe(Struct, frozen=True):
    """Whether something is safe to move off Docker; None: the whole cluster.

    Args:
        target: a name as given.
        what: ``namespace``, ``workload``, ``pool``, ``node`` or ``owner`` where the words say so, None where not.
    """

    target: str | None = None
    what: str | None = None


#: What Safe can be about.
SAFE_OF = ("namespace", "workload", "pool", "node", "owner")


#: The owner asked for where workloads without one are meant.
UNOWNED = "unowned"


class AtRisk(Struct, frozen=True):
    """Which workloads are at risk: in the whole cluster, or those that pass every filter.

    Args:
        workload: one workload, as Explain takes it; the other filters are then None.
        owner: name of an owner; ``unowned`` for those without one.
        code: a rule code; workloads with that finding, whatever its severity.
        pool: workloads with pods on its nodes.
    """

    namespace: str | None = None
    workload: str | None = None
    owner: str | None = None
    code: str | None = None
    pool: str | None = None


class Explain(Struct, frozen=True):
    """Why is a workload listed, or a node what it is: the words as given, ``[NAMESPACE/][KIND/]NAME``."""

    target: str


class Guide(Struct, frozen=True):
    """Which guide helps with a topic or a rule code; None lists them all."""

    topic: str | None = None


class Milestones(Struct, frozen=True):
    """The whole calendar, marked for this cluster."""


class Milestone(Struct, frozen=True):
    """One date and the days left: of a Kubernetes version such as ``1.24``; None: the next that concerns us."""

    version: str | None = None


class Trend(Struct, frozen=True):
    """How the share on Docker developed."""


class Changes(Struct, frozen=True):
    """What changed since a UTC day began, or in the last ``days``; neither: in the last 24 hours."""

    since: date | None = None
    days: int | None = None


class Owners(Struct, frozen=True):
    """Who owns a workload or a namespace; None: which owners have how much at risk."""

    target: str | None = None


class Faq(Struct, frozen=True):
    """What is known of a topic: its id in ``bot/data/faq``."""

    topic: str


class Courtesy(Struct, frozen=True):
    """A ``greeting`` or ``thanks``."""

    what: str


class OutOfScope(Struct, frozen=True):
    """What this program does not do.

    ``reason``: ``action`` (change something), ``secret`` (tokens, instructions), ``other`` (another field).
    """

    reason: str


class Clarify(Struct, frozen=True):
    """A text with two likely readings, and none likely enough: their words, the likelier first."""

    readings: tuple[str, ...]


class Export(Struct, frozen=True):
    """The full list as a file: workloads with findings, or with ``nodes`` the nodes."""

    nodes: bool = False


class Manage(Struct, frozen=True):
    """Something to be changed that is changed in Slack only; the words as given, ``digest on`` for instance."""

    words: str


class Home(Struct, frozen=True):
    """The page of one person in Slack; ``namespaces``: those they chose."""

    namespaces: tuple[str, ...] = ()


class Help(Struct, frozen=True):
    """What can be asked. ``unknown``: words that were not understood; ``nearest``: the nearest valid question."""

    unknown: str | None = None
    nearest: str | None = None


Question = (
    Status
    | Nodes
    | Count
    | Where
    | Drain
    | NodeState
    | ServerVersion
    | Progress
    | Upgrade
    | Safe
    | AtRisk
    | Explain
    | Guide
    | Milestones
    | Milestone
    | Trend
    | Changes
    | Owners
    | Export
    | Faq
    | Courtesy
    | OutOfScope
    | Clarify
    | Manage
    | Home
    | Help
)

#: Stable names of the questions, in JSON and in logs.
KINDS: dict[type, str] = {
    Status: "status",
    Nodes: "nodes",
    Count: "count",
    Where: "where",
    Drain: "drain",
    NodeState: "node",
    ServerVersion: "version",
    Progress: "progress",
    Upgrade: "upgrade",
    Safe: "safe",
    AtRisk: "at-risk",
    Explain: "explain",
    Guide: "guide",
    Milestones: "milestones",
    Milestone: "milestone",
    Trend: "trend",
    Changes: "changes",
    Owners: "owners",
    Export: "export",
    Faq: "faq",
    Courtesy: "courtesy",
    OutOfScope: "out-of-scope",
    Clarify: "clarify",
    Manage: "manage",
    Home: "home",
    Help: "help",
}
