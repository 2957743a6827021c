"""What to do about a finding, and the JSON Patch where that is a known change. Changes nothing.

Source of each change: facts 4.2 and 4.3, ``bot/data/agents.toml`` for what agents are told. Every patch begins with tests
(RFC 6902), so that the API server refuses it where the spec is no longer what was read.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.agents import Agent, AgentKind, Agents, Change
from bot.core.paths import normalise
from bot.core.rules import KNOWN_AGENT, Severity, split_image
from bot.core.runtimes import Runtime
from bot.core.view import Finding, Workload

CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
POD_LOGS = "/var/log/pods"

_DOCKERSHIM = "/run/dockershim.sock"
_DOCKER_LOGS = "/var/lib/docker/containers"

#: Kinds whose template can be changed where it stands: a Job's, and all but the images of a Pod, cannot.
_PATCHED = frozenset({"Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "ReplicationController", "CronJob"})

#: Reasons with an advice of their own; all others that fail have that of their code.
_OWN_ADVICE = frozenset(
    {"unmounted", "agent-without-socket", "known-agent-old", "known-agent-untold", "known-agent-never"}
)

#: What must not be changed before the node has left Docker: until then the old path and the old format are right.
_FOR_LATER = frozenset({"docker-logs", "docker-log-parser", "dockershim-socket"})

_FIELD = re.compile(r"[A-Za-z]+(?:\[[0-9]+\])?(?:\.[A-Za-z]+(?:\[[0-9]+\])?)*")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_CUT = "…"

#: What a shell, Slack and a terminal leave alone between single quotes; JSON writes all else as an escape.
_ESCAPED = re.compile(r"['`<>&]")

Value = str | list[str] | dict[str, str]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a JSON Patch: ``test``, ``replace``, ``add`` or ``remove``, which has no value."""

    op: str
    path: str
    value: Value | None = None

    @property
    def data(self) -> dict[str, Value]:
        """The operation as JSON has it."""
        return {"op": self.op, "path": self.path, **({"value": self.value} if self.value is not None else {})}


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do about a finding.

    Args:
        advice: entry of the message catalogue below ``todo.``.
        patch: the operations that do it; empty where nobody can tell them from the spec.
        is_for_later: whether it is right only on nodes without Docker.
    """

    advice: str
    patch: tuple[Operation, ...] = ()
    is_for_later: bool = False


@dataclass(frozen=True, slots=True)
class AgentVersion:
    """The first version of an agent that needs no Docker, the tag deployed, and whether that is enough.

    ``is_enough``: None where the tag names no version.
    """

    since: str
    tag: str
    is_enough: bool | None


@dataclass(frozen=True, slots=True)
class Patch:
    """All that can be patched of a workload, as one command.

    Args:
        lines: of the command, to be pasted into a shell.
        operations: the same as values.
        fixed: how many of the findings that fail it takes care of, of ``findings``.
        is_for_later: whether it has to wait until the workload's nodes have left Docker.
    """

    lines: tuple[str, ...]
    operations: tuple[Operation, ...]
    fixed: int
    findings: int
    is_for_later: bool


def deployed_agent(finding: Finding, agents: Agents) -> Agent | None:
    """Return the known agent that the one container of a finding runs, None where there is none or more than one."""
    if len(finding.images) != 1:
        return None
    return agents.find(split_image(finding.images[0])[0])


def version_of(finding: Finding, agents: Agents) -> AgentVersion | None:
    """Return how the version of a known agent compares, None where that is not what decides."""
    agent = deployed_agent(finding, agents) if finding.code == KNOWN_AGENT else None
    if agent is None or agent.since is None:
        return None
    tag = split_image(finding.images[0])[1]
    version = agent.version(tag)
    is_enough = None if version is None else version >= agent.since
    if not is_enough and finding.reason == f"{KNOWN_AGENT}-ready":  # it is told another runtime
        return None
    since = agent.since.short if not agent.since.patch else ".".join(map(str, agent.since))
    return AgentVersion(since, tag, is_enough)


def fixes(workload: Workload, agents: Agents, runtimes: Iterable[Runtime] = ()) -> dict[int, Fix]:
    """Return what to do about the findings of a workload, by their number; about some there is nothing to do or to say.

    Args:
        runtimes: of the cluster's nodes. Where CRI-O is the only one beside Docker, nothing says containerd.
    """
    others = {runtime for runtime in runtimes if not runtime.is_docker and runtime is not Runtime.UNKNOWN}
    swap = {} if others == {Runtime.CRI_O} else _swaps(workload.findings, agents)
    found: dict[int, Fix] = {}
    for number, finding in enumerate(workload.findings):
        agent = deployed_agent(finding, agents)
        advice = _advice(finding, agent)
        if advice is None:
            continue
        patch: tuple[Operation, ...] = ()
        if _is_patched(finding, workload):
            patch = swap.get(number) or tuple(_patch(finding, agent))
        if finding.code == "runtime-setting" and any(operation.op == "remove" for operation in patch):
            advice = "setting-removed"
        is_for_later = (
            bool(patch)
            and finding.reason != "unmounted"
            and (finding.code in _FOR_LATER or finding.reason == "runtime-setting-dockershim")
        )
        found[number] = Fix(advice, patch, is_for_later)
    return found


def patch_of(workload: Workload, found: Mapping[int, Fix]) -> Patch | None:
    """Return one patch for all that can be patched, None where nothing can, or the command could not be pasted."""
    operations = _ordered(operation for fix in found.values() for operation in fix.patch)
    key = workload.key
    names = (key.name, key.namespace) if key.namespace else (key.name,)
    if not operations or not all(_NAME.fullmatch(name) for name in names):
        return None
    where = f" -n {key.namespace}" if key.namespace else ""
    # The group is left out: each of these kinds is served by one group that kubectl prefers.
    first = f"kubectl{where} patch {key.kind.lower()} {key.name} --type=json -p='["
    body = [_line(operation) for operation in operations]
    return Patch(
        lines=(first, *(f"{line}," for line in body[:-1]), body[-1], "]'"),
        operations=operations,
        fixed=sum(bool(fix.patch) for fix in found.values()),
        findings=len(found),
        is_for_later=any(fix.is_for_later for fix in found.values()),
    )


def _advice(finding: Finding, agent: Agent | None) -> str | None:
    if finding.reason in _OWN_ADVICE:
        return finding.reason
    if finding.code == "docker-socket" and finding.severity.is_at_risk and agent is not None:
        if agent.kind is AgentKind.DOCKER:
            return "known-agent-never"
        return "agent-without-socket" if agent.kind is AgentKind.RUNTIME else finding.code
    # What is to be checked says so in its reason, and what is worth knowing needs nobody to act.
    return finding.code if finding.severity.is_at_risk else None


def _is_patched(finding: Finding, workload: Workload) -> bool:
    """Whether the finding stands in a spec that can be changed, as it was read."""
    if not finding.in_template or finding.seen_in != f"{workload.key.kind}/{workload.key.name}":
        return False
    if workload.key.kind == "Pod":
        return finding.reason == "known-agent-old" and not workload.is_static
    return workload.key.kind in _PATCHED


def _patch(finding: Finding, agent: Agent | None) -> Iterator[Operation]:
    path = _pointer(finding.field)
    if path is None or _CUT in finding.value:
        return
    if finding.reason == "unmounted":
        yield from _without_volume(finding)
    elif finding.code == "docker-logs" and finding.severity is not Severity.INFO:
        yield from _pod_logs(finding)
    elif finding.reason == "known-agent-old" and agent is not None:
        image = agent.first_image(finding.value)
        if image is not None:
            yield Operation("test", path, finding.value)
            yield Operation("replace", path, image)
    elif finding.is_whole and agent is not None:
        for change in agent.changes:
            yield from _changed(finding, path, change)


def _changed(finding: Finding, path: str, change: Change) -> Iterator[Operation]:
    """Yield what an agent's own change makes of an option or a variable, nothing where it is about another one."""
    if change.is_env:
        if finding.value == f"{change.name}={change.old}" and change.new is not None and path.endswith("/value"):
            yield Operation("test", path, change.old)
            yield Operation("replace", path, change.new)
            env = path.removesuffix("/value").rpartition("/")[0]
            for name, value in change.also:
                yield Operation("add", f"{env}/-", {"name": name, "value": value})
    elif change.new is None:
        if finding.value == change.name:
            yield Operation("test", path, change.name)
            yield Operation("remove", path)
    else:
        yield from _option(finding, path, change.name, change.old, change.new)


def _option(finding: Finding, path: str, name: str, old: str, new: str) -> Iterator[Operation]:
    if finding.value == f"{name}={old}":
        yield Operation("test", path, f"{name}={old}")
        yield Operation("replace", path, f"{name}={new}")
    elif finding.value == f"{name} {old}":
        place, _, number = path.rpartition("/")
        yield Operation("test", path, name)
        yield Operation("test", f"{place}/{int(number) + 1}", old)
        yield Operation("replace", f"{place}/{int(number) + 1}", new)


def _without_volume(finding: Finding) -> Iterator[Operation]:
    """Yield the removal of a volume and of its mounts."""
    field, volume = finding.field, finding.volume
    if volume is None or not volume.is_all:
        return
    entry, _, rest = field.partition("].")
    if rest not in ("hostPath.path", "persistentVolumeClaim.claimName"):
        return
    yield Operation("test", _known(field), volume.claim if volume.claim is not None else volume.path)
    for mount in volume.mounts:
        yield Operation("test", _known(f"{mount.field}.mountPath"), mount.path)
        yield Operation("remove", _known(mount.field))
    yield Operation("remove", _known(f"{entry}]"))


def _pod_logs(finding: Finding) -> Iterator[Operation]:
    """Yield the folder of every kubelet's logs in place of Docker's; where it is mounted already, only the removal."""
    volume = finding.volume
    if volume is None or volume.claim is not None or not volume.is_all:
        return
    if volume.has_instead:
        yield from _without_volume(finding)
        return
    if normalise(volume.path) != _DOCKER_LOGS or any(mount.sub_path for mount in volume.mounts):
        return
    yield Operation("test", _known(finding.field), volume.path)
    yield Operation("replace", _known(finding.field), POD_LOGS)
    for mount in volume.mounts:
        if normalise(mount.path) == _DOCKER_LOGS:  # elsewhere its configuration names the place
            yield Operation("test", _known(f"{mount.field}.mountPath"), mount.path)
            yield Operation("replace", _known(f"{mount.field}.mountPath"), POD_LOGS)


def _swaps(findings: tuple[Finding, ...], agents: Agents) -> dict[int, tuple[Operation, ...]]:
    """Return containerd's socket in place of dockershim's, which speaks the same protocol, by number of the finding.

    The path in the container changes where a setting names it, and with it the setting; else a client that has the path
    built in finds the socket where it always was. An old version of a known agent is to be updated instead.
    """
    settings = {
        number: address
        for number, finding in enumerate(findings)
        if finding.reason == "runtime-setting-dockershim" and finding.is_whole
        if (address := _address(finding)) is not None
    }
    found: dict[int, tuple[Operation, ...]] = {}
    for number, finding in enumerate(findings):
        volume = finding.volume
        if finding.code != "dockershim-socket" or not finding.severity.is_at_risk or volume is None:
            continue
        agent = deployed_agent(finding, agents)
        is_socket = normalise(volume.path) == _DOCKERSHIM and not any(mount.sub_path for mount in volume.mounts)
        is_old = agent is not None and any(other.reason == "known-agent-old" for other in findings)
        if not is_socket or not volume.is_all or volume.claim is not None or is_old or _pointer(finding.field) is None:
            continue
        swapped = [
            Operation("test", _known(finding.field), volume.path),
            Operation("replace", _known(finding.field), CONTAINERD_SOCKET),
        ]
        for mount in volume.mounts:
            naming = [at for at, (_, path) in settings.items() if _shares(finding, findings[at], mount.path, path)]
            if not naming:
                continue
            new = _renamed(mount.path)
            swapped.append(Operation("test", _known(f"{mount.field}.mountPath"), mount.path))
            swapped.append(Operation("replace", _known(f"{mount.field}.mountPath"), new))
            for at in naming:
                found[at] = tuple(_readdressed(findings[at], *settings[at], new))
        found[number] = tuple(swapped)
    return found


def _address(finding: Finding) -> tuple[str, str] | None:
    """Return what stands before the path in a setting that names a socket (``NAME=unix://``), and the path."""
    text = finding.value
    before, slash, path = text.partition("/")
    if before.endswith(":"):  # unix:///path
        before, path = f"{before}//", path.removeprefix("/")
        slash = "/" if path.startswith("/") else ""
        path = path.removeprefix("/")
    return (before, f"/{path}") if slash else None


def _shares(socket: Finding, setting: Finding, mounted: str, named: str) -> bool:
    return normalise(mounted) == normalise(named) and set(setting.containers) <= set(socket.containers)


def _readdressed(finding: Finding, before: str, path: str, new: str) -> Iterator[Operation]:
    pointer = _known(finding.field)
    if pointer.endswith("/value"):
        scheme = before.partition("=")[2]
        yield Operation("test", pointer, f"{scheme}{path}")
        yield Operation("replace", pointer, f"{scheme}{new}")
        return
    name, separator, scheme = before.partition("=") if "=" in before else before.partition(" ")
    if separator:
        yield from _option(finding, pointer, name, f"{scheme}{path}", f"{scheme}{new}")


def _renamed(mounted: str) -> str:
    """Return where containerd's socket is mounted in place of dockershim's: at its own path, or beside it."""
    if normalise(mounted) == _DOCKERSHIM:
        return CONTAINERD_SOCKET
    return f"{mounted.rpartition('/')[0]}/containerd.sock"


def _pointer(field: str) -> str | None:
    """Return a field as a JSON Pointer, None for one that is no plain path of a spec."""
    return _known(field) if field.startswith("spec.") and _FIELD.fullmatch(field) else None


def _known(field: str) -> str:
    return "/" + re.sub(r"\[([0-9]+)\]", r"/\1", field).replace(".", "/")


def _ordered(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Return the tests, then what is replaced and added, then what is removed, the last of a list first."""
    distinct: dict[tuple[str, str, str], Operation] = {}
    for operation in operations:
        distinct.setdefault((operation.op, operation.path, str(operation.value)), operation)
    order = ("test", "replace", "add")
    kept = sorted((o for o in distinct.values() if o.op in order), key=lambda o: order.index(o.op))
    removed = sorted((o for o in distinct.values() if o.op == "remove"), key=lambda o: _numbers(o.path), reverse=True)
    return (*kept, *removed)


def _numbers(path: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in path.split("/"))


def _line(operation: Operation) -> str:
    text = json.dumps(operation.data, ensure_ascii=True, separators=(",", ":"))
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
