"""The rule table: what in a pod template ties it to the node's Docker, how badly, and how sure that is.

Each rule is a small pure function from a template to its matches. A rule sees no pod, no node and no
cluster: equal templates are judged once, and where the pods run is decided elsewhere.
"""

from bot.core.agents import Agents
from bot.core.objects import NO_EVIDENCE, Template
from bot.core.rules.base import Evident, Failure, Match, Rule, Severity
from bot.core.rules.case import case_of
from bot.core.rules.classes import apparmor_profile, docker_bridge, gpu_runtime, runtime_class
from bot.core.rules.combining import combined
from bot.core.rules.commands import docker_cli, docker_service
from bot.core.rules.daemons import dind
from bot.core.rules.environment import docker_host_env
from bot.core.rules.files import docker_binary, docker_config, docker_data, docker_logs
from bot.core.rules.images import split_image
from bot.core.rules.known import CODE as KNOWN_AGENT
from bot.core.rules.known import known_agent
from bot.core.rules.settings import docker_log_parser, runtime_setting
from bot.core.rules.sockets import (
    DOCKERSHIM_SOCKET,
    cri_dockerd_socket,
    docker_socket,
    dockershim_socket,
    socket_parent_dir,
)

__all__ = [
    "DOCKERSHIM_SOCKET",
    "KNOWN_AGENT",
    "RULES",
    "Evident",
    "Failure",
    "Match",
    "Rule",
    "Severity",
    "judge",
    "split_image",
]

_B, _D, _R, _I = Severity.BLOCKER, Severity.DEGRADED, Severity.REVIEW, Severity.INFO

RULES = (
    Rule("docker-socket", (_B, _D, _R), docker_socket),
    Rule(DOCKERSHIM_SOCKET, (_B,), dockershim_socket),
    Rule("cri-dockerd-socket", (_R,), cri_dockerd_socket),
    Rule("socket-parent-dir", (_B, _R), socket_parent_dir),
    Rule("docker-data", (_B, _D, _I), docker_data),
    Rule("docker-logs", (_B, _D, _I), docker_logs),
    Rule("docker-config", (_B,), docker_config),
    Rule("docker-binary", (_B,), docker_binary),
    Rule("docker-host-env", (_B, _R, _I), docker_host_env),
    Rule("docker-cli", (_B, _R, _I), docker_cli),
    Rule("docker-service", (_B, _R, _I), docker_service),
    Rule("runtime-setting", (_B, _D, _R, _I), runtime_setting),
    Rule("docker-log-parser", (_D,), docker_log_parser),
    Rule("dind", (_I,), dind),
    Rule("known-agent", (_B, _D, _R, _I), known_agent),
    Rule("runtime-class", (_B,), runtime_class),
    Rule("apparmor-profile", (_R,), apparmor_profile),
    Rule("gpu-runtime", (_R,), gpu_runtime),
    Rule("docker-bridge", (_R,), docker_bridge),
)


def judge(template: Template, agents: Agents) -> tuple[Match, ...]:
    """Return every match of every rule in a template, as they stand together, worst first."""
    if says_nothing(template, agents):
        return ()
    case = case_of(template, agents)
    matches = combined((match for rule in RULES for match in rule.judge(case)), case)
    return tuple(sorted(matches, key=lambda match: (match.severity.rank, match.code, match.field)))


def says_nothing(template: Template, agents: Agents) -> bool:
    """Whether no rule can match, seen at a glance: so it is of nearly all of a cluster's templates.

    Such a template has nothing of its node's, names no handler and no profile, its containers say nothing of Docker,
    and neither do the names of their images.
    """
    if template.volumes or template.runtime_handler:
        return False
    for container in template.containers:
        image = container.image
        if (
            container.evidence is not NO_EVIDENCE
            or container.apparmor
            or "docker" in image
            or "dind" in image
            or agents.find(split_image(image)[0]) is not None
        ):
            return False
    return True
