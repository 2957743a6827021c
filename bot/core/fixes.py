"""What to do about a finding, and the JSON Patch where that is a known change. Changes nothing.

Source of each change: facts 4.2 and 4.3, ``bot/data/agents.toml`` for what agents are told. Every patch begins with
tests (RFC 6902), so that the API server refuses it where the spec is no longer what was read.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from bot.core.agents import Agent, AgentKind, Agents, Change
from bot.core.json_patch import Operation, changed, command, in_order, known_pointer, pointer
from bot.core.paths import normalise
from bot.core.rules import DOCKERSHIM_SOCKET, KNOWN_AGENT, Severity, split_image
from bot.core.runtimes import Runtime
from bot.core.socket_swaps import deployed_agent, option, swaps
from bot.core.view import Finding, Workload

POD_LOGS = "/var/log/pods"
_DOCKER_LOGS = "/var/lib/docker/containers"

#: Kinds whose template can be changed where it stands: a Job's, and all but the images of a Pod, cannot.
_PATCHED = frozenset({"Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "ReplicationController", "CronJob"})

_OLD_AGENT, _UNTOLD_AGENT = f"{KNOWN_AGENT}-old", f"{KNOWN_AGENT}-untold"

#: Reasons with an advice of their own; all others that fail have that of their code.
_OWN_ADVICE = frozenset({"unmounted", "agent-without-socket", _OLD_AGENT, _UNTOLD_AGENT, f"{KNOWN_AGENT}-never"})

#: Where logs are read, and how: a spec seldom names the second, without which the first is not all there is to do.
_LOGS, _PARSER = "docker-logs", "docker-log-parser"

#: What must not be changed before the node has left Docker: until then the old path and the old format are right.
_FOR_LATER = frozenset({_LOGS, _PARSER})

_CUT = "…"


class Fix(Struct, frozen=True):
    """What to do about a finding.

    Args:
        advice: entry of the message catalogue below ``todo.``.
        patch: the operations that do it; empty where nobody can tell them from the spec.
        is_for_later: whether it is right only on nodes without Docker.
        is_covered: whether the patch does it, maybe by what it does about another finding.
        is_in_part: whether the patch does a part of it only, though nothing is found once it is applied.
    """

    advice: str
    patch: tuple[Operation, ...] = ()
    is_for_later: bool = False
    is_covered: bool = False
    is_in_part: bool = False


class AgentVersion(Struct, frozen=True):
    """The first version of an agent that needs no Docker, the tag deployed, and whether that is enough.

    ``is_enough``: None where the tag names no version.
    """

    since: str
    tag: str
    is_enough: bool | None


class Patch(Struct, frozen=True):
    """All that can be patched of a workload, as one command.

    Args:
        lines: of the command, to be pasted into a shell.
        operations: the same as values.
        fixed: how many of the findings that fail it takes care of, of ``findings``.
        in_part: how many it takes care of in part.
        is_for_later: whether it has to wait until the workload's nodes have left Docker.
    """

    lines: tuple[str, ...]
    operations: tuple[Operation, ...]
    fixed: int
    findings: int
    in_part: int
    is_for_later: bool


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
        runtimes: of the cluster's nodes. Where CRI-O is the only one beside Docker, no patch names containerd.
    """
    others = {runtime for runtime in runtimes if not runtime.is_docker and runtime is not Runtime.UNKNOWN}
    swapped = {} if others == {Runtime.CRI_O} else swaps(workload.findings, agents)
    containers = {name for number in swapped for name in workload.findings[number].containers}
    found: dict[int, Fix] = {}
    for number, finding in enumerate(workload.findings):
        agent = deployed_agent(finding, agents)
        advice = _advice(finding, agent)
        if advice is None:
            continue
        patch: tuple[Operation, ...] = ()
        if _is_patched(finding, workload):
            patch = swapped.get(number) or tuple(_patch(finding, agent, containers))
        if finding.code == "runtime-setting" and any(operation.op == "remove" for operation in patch):
            advice = "setting-removed"
        is_with_socket = number in swapped or (agent is not None and agent.takes_socket)
        is_for_later = finding.reason != "unmounted" and (finding.code in _FOR_LATER or is_with_socket)
        found[number] = Fix(advice, patch, bool(patch) and is_for_later)
    for number, fix in found.items():
        is_in_part = _is_in_part(number, workload, found)
        is_covered = not is_in_part and _is_covered(number, workload, found)
        found[number] = replace(fix, is_covered=is_covered, is_in_part=is_in_part)
    return found


def patch_of(workload: Workload, found: Mapping[int, Fix]) -> Patch | None:
    """Return one patch for all that can be patched, None where nothing can, or the command could not be pasted."""
    operations = in_order(operation for fix in found.values() for operation in fix.patch)
    lines = command(workload.key, operations) if operations else None
    if lines is None:
        return None
    return Patch(
        lines=lines,
        operations=operations,
        fixed=sum(fix.is_covered for fix in found.values()),
        findings=len(found),
        in_part=sum(fix.is_in_part for fix in found.values()),
        is_for_later=any(fix.is_for_later for fix in found.values()),
    )


def _is_in_part(number: int, workload: Workload, found: Mapping[int, Fix]) -> bool:
    """Whether the patch moves where logs are read and leaves how they are parsed, in any container that reads them."""
    if found[number].advice != _LOGS or not found[number].patch:
        return False
    parsed = {
        name
        for at, fix in found.items()
        if fix.advice == _PARSER and fix.patch
        for name in workload.findings[at].containers
    }
    return not parsed.issuperset(workload.findings[number].containers)


def _is_covered(number: int, workload: Workload, found: Mapping[int, Fix]) -> bool:
    """Whether the patch does what is to be done: also where what it changes beside a finding takes its ground away."""
    if found[number].patch:
        return True
    finding = workload.findings[number]
    beside = {
        (other.code, other.reason)
        for at, fix in found.items()
        if fix.patch and set((other := workload.findings[at]).containers) >= set(finding.containers)
    }
    if finding.reason == _UNTOLD_AGENT:  # a setting that told it Docker now tells it the other runtime
        return any(code in ("runtime-setting", "docker-log-parser") for code, _ in beside)
    # A version that needs no Docker leaves a mount of dockershim's socket alone.
    return finding.code == DOCKERSHIM_SOCKET and any(reason == _OLD_AGENT for _, reason in beside)


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
        return finding.reason == _OLD_AGENT and not workload.is_static
    return workload.key.kind in _PATCHED


def _patch(finding: Finding, agent: Agent | None, swapped: set[str]) -> Iterator[Operation]:
    """Yield what changes one finding; ``swapped``: the containers that get containerd's socket."""
    path = pointer(finding.field)
    if path is None or _CUT in finding.value:
        return
    if finding.reason == "unmounted":
        yield from _without_volume(finding)
    elif finding.code == _LOGS and finding.severity is not Severity.INFO:
        yield from _pod_logs(finding)
    elif finding.reason == _OLD_AGENT and agent is not None:
        image = agent.first_image(finding.value)
        if image is not None:
            yield from changed(path, finding.value, image)
    elif finding.is_whole and agent is not None and (not agent.takes_socket or swapped.issuperset(finding.containers)):
        for change in agent.changes:
            yield from _changed(finding, path, change)


def _changed(finding: Finding, path: str, change: Change) -> Iterator[Operation]:
    """Yield what an agent's own change makes of an option or a variable, nothing where it is about another one."""
    if change.is_env:
        if finding.value == f"{change.name}={change.old}" and change.new is not None and path.endswith("/value"):
            yield from changed(path, change.old, change.new)
            env = path.removesuffix("/value").rpartition("/")[0]
            for name, value in change.also_env:
                yield Operation("add", f"{env}/-", {"name": name, "value": value})
    elif change.new is None:
        if finding.value == change.name:
            yield Operation("test", path, change.name)
            yield Operation("remove", path)
    else:
        yield from option(finding, path, change.name, change.old, change.new, change.new_name)
        place, _, number = path.rpartition("/")
        if finding.value in (f"{change.name}={change.old}", f"{change.name} {change.old}"):
            behind = int(number) + 1 + (" " in finding.value)
            yield from (Operation("add", f"{place}/{behind}", word) for word in reversed(change.also_args))


def _without_volume(finding: Finding) -> Iterator[Operation]:
    """Yield the removal of a volume and of its mounts."""
    field, volume = finding.field, finding.volume
    if volume is None or not volume.is_all:
        return
    entry, _, rest = field.partition("].")
    if rest not in ("hostPath.path", "persistentVolumeClaim.claimName"):
        return
    yield Operation("test", known_pointer(field), volume.claim if volume.claim is not None else volume.path)
    for mount in volume.mounts:
        yield Operation("test", known_pointer(f"{mount.field}.mountPath"), mount.path)
        yield Operation("remove", known_pointer(mount.field))
    yield Operation("remove", known_pointer(f"{entry}]"))


def _pod_logs(finding: Finding) -> Iterator[Operation]:
    """Yield the folder of every kubelet's logs in place of Docker's; where it is mounted already, only the removal."""
    volume = finding.volume
    if volume is None or volume.claim is not None or not volume.is_all or volume.has_instead is None:
        return
    if volume.has_instead:
        yield from _without_volume(finding)
        return
    if normalise(volume.path) != _DOCKER_LOGS or any(mount.sub_path for mount in volume.mounts):
        return
    yield from changed(known_pointer(finding.field), volume.path, POD_LOGS)
    for mount in volume.mounts:
        if normalise(mount.path) == _DOCKER_LOGS:  # elsewhere its configuration names the place
            yield from changed(known_pointer(f"{mount.field}.mountPath"), mount.path, POD_LOGS)
