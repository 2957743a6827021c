"""The rule table: what in a pod template ties it to the node's Docker, how badly, and how sure that is.

Each rule is a small pure function from a template to its matches. A rule sees no pod, no node and no
cluster: equal templates are judged once, and where the pods run is decided elsewhere.
"""

from bot.core.objects import Template
from bot.core.rules.base import Match, Rule, Severity
from bot.core.rules.case import Case, reaches_of
from bot.core.rules.daemons import dind
from bot.core.rules.files import docker_config, docker_data, docker_logs
from bot.core.rules.images import LogParser, split_image
from bot.core.rules.sockets import DOCKERSHIM_SOCKET, docker_socket, dockershim_socket, socket_parent_dir

__all__ = ["DOCKERSHIM_SOCKET", "RULES", "LogParser", "Match", "Rule", "Severity", "judge", "split_image"]

RULES = (
    Rule("docker-socket", (Severity.BLOCKER,), docker_socket),
    Rule(DOCKERSHIM_SOCKET, (Severity.BLOCKER,), dockershim_socket),
    Rule("socket-parent-dir", (Severity.REVIEW,), socket_parent_dir),
    Rule("docker-data", (Severity.DEGRADED,), docker_data),
    Rule("docker-logs", (Severity.DEGRADED, Severity.INFO), docker_logs),
    Rule("docker-config", (Severity.BLOCKER,), docker_config),
    Rule("dind", (Severity.INFO,), dind),
)


def judge(template: Template, log_parsers: tuple[LogParser, ...] = ()) -> tuple[Match, ...]:
    """Return every match of every rule in a template, worst first."""
    case = Case(template, tuple(reaches_of(template)), log_parsers)
    matches = [match for rule in RULES for match in rule.judge(case)]
    return tuple(sorted(matches, key=lambda match: (match.severity.rank, match.code, match.field)))
