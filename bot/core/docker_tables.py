"""Words that mean Docker: verbs of its command line, units, settings of tools; data for ``bot.core.docker_words``.

The verbs and options after docker/cli's own list; the settings after the flags of cAdvisor, Weave Scope, crictl,
node-problem-detector and Argo Workflows in their repositories (read 2026-11-29), and of kubelet, kubeadm, Traefik,
Chaos Mesh and GitLab Runner as manifests for them have them.
"""

import re

from msgspec import Struct


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLIS = frozenset({"docker", "nvidia-docker", "nvidia-docker2"})
COMPOSE = "docker-compose"

#: Global options with a value.
CLI_SHORT = "Hcl"
CLI_LONG = frozenset({"host", "context", "config", "log-level", "tlscacert", "tlscert", "tlskey"})
COMPOSE_SHORT = "fpHc"
COMPOSE_LONG = CLI_LONG | frozenset(
    {"file", "project-name", "profile", "env-file", "project-directory", "workdir", "ansi", "progress", "parallel"}
)

#: Verbs that ask the daemon. What is not here is a plugin of somebody's, or works without (logout, context, manifest).
VERBS = _words(
    """attach build builder buildx checkpoint commit compose config container cp create deploy diff events exec export
    history image images import info inspect kill load login logs network node pause plugin port ps pull push rename
    restart rm rmi run save search secret service stack start stats stop swarm system tag top unpause update version
    volume wait"""
)

#: What works without the daemon below a verb.
OFFLINE = {
    "buildx": frozenset({"", "version", "imagetools", "use", "install", "uninstall", "help"}),
    "compose": frozenset({"", "config", "convert", "version", "help", "viz"}),
}

#: Pass their words on to a program in a container, ``--help`` among them.
RUNNERS = frozenset({"run", "exec", "container", "create", "compose"})

#: Drivers of ``buildx create`` that build elsewhere, and the builder that is the daemon itself.
REMOTE_DRIVERS = frozenset({"kubernetes", "remote", "cloud"})
DEFAULT_BUILDER = "default"
DEFAULT_CONTEXT = "default"

#: Exact: a program such as docker-registry has a unit of its own.
UNITS = frozenset({"docker", "docker.service", "docker.socket"})
CRI_DOCKERD_UNITS = frozenset(
    f"{name}{kind}" for name in ("cri-docker", "cri-dockerd") for kind in ("", ".service", ".socket")
)

#: Act on the services that their words name; the last ones are Windows'.
SERVICE_TOOLS = _words(
    """systemctl busctl dbus-send service initctl rc-service rc-update update-rc.d chkconfig sv invoke-rc.d
    restart-service start-service stop-service set-service get-service suspend-service net sc"""
)
INIT_SCRIPT = re.compile(r"(?:/[\w.-]+)*/etc/(?:rc\.d/)?(?:init\.d|rc\.d)/(docker|cri-dockerd?)")

#: Options of systemctl that name another machine.
REMOTE_OPTIONS = ("H", "host"), ("M", "machine")

NAME_KILLERS = frozenset({"pkill", "killall"})
DAEMON_NAMES = re.compile(r"\^?(?:\S*/)?dockerd\$?")
DAEMON_PROCESS = re.compile(r"\b(?:pidof|pgrep)\b[^)`]{0,200}\bdockerd\b|\bdocker\.pid\b")

#: Talk to the unix socket that an option names: (short, long).
SOCKET_OPTIONS = {
    "curl": ("", "unix-socket"),
    "nc": ("U", "unixsock"),
    "ncat": ("U", "unixsock"),
    "netcat": ("U", "unixsock"),
}
SOCAT_ADDRESS = re.compile(r"UNIX(?:-CONNECT|-CLIENT)?:([^,]+)", re.IGNORECASE)
SOCAT_LISTENER = re.compile(r"UNIX-(?:L|LISTEN):([^,]+)", re.IGNORECASE)
HTTP_CLIENTS = frozenset({"curl", "wget"})
#: The ports that are registered for Docker with IANA.
DAEMON_URL = re.compile(r"(?:https?://|tcp://)?[^/\s]*:(?:2375|2376)(?![0-9]).*", re.DOTALL)

#: Options and variables that name a CRI runtime's socket: of crictl, ctr, kubeadm, kubelet and agents.
ENDPOINT_FLAGS = _words(
    """runtime-endpoint image-endpoint container-runtime-endpoint image-service-endpoint remote-runtime-endpoint
    cri-socket cri-endpoint probe.cri.endpoint"""
)
ENDPOINT_SHORT = {"crictl": frozenset({"r", "i"}), "ctr": frozenset({"a", "address"})}
ENDPOINT_VARIABLES = frozenset({"CONTAINER_RUNTIME_ENDPOINT", "IMAGE_SERVICE_ENDPOINT"})
DOCKERSHIM = re.compile(r"\bdockershim(?:\.sock)?$", re.IGNORECASE)
CRI_DOCKERD = re.compile(r"\bcri-dockerd(?:\.sock)?$", re.IGNORECASE)


class Setting(Struct, frozen=True):
    """An option of a tool that tells it to expect Docker.

    Args:
        flag: its name without dashes, lower case, ``-`` for ``_``; ``.*`` at the end stands for every option below.
        value: what its value looks like as a whole; None for a switch, which counts unless it is switched off.
        is_stopping: the tool's whole work stops without Docker, not a part of it.
        is_endpoint: the value says where Docker is asked.
    """

    flag: str
    value: re.Pattern[str] | None = None
    is_stopping: bool = False
    is_endpoint: bool = False


_DOCKER = re.compile(r"docker", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:[a-z]+:/|/|\\\\).+", re.IGNORECASE | re.DOTALL)
_ANY = re.compile(r".+", re.DOTALL)
_MONITOR = re.compile(r".*\b(?:docker-monitor|health-checker-docker)[\w-]{0,80}\.json.*", re.DOTALL)

#: GitLab Runner's executors (docs.gitlab.com runner/executors): those of Docker, and of them those that run their jobs
#: on machines that they make.
EXECUTORS = re.compile(r"docker(?:-windows|\+machine|-autoscaler)?", re.IGNORECASE)
ELSEWHERE_EXECUTORS = frozenset({"docker+machine", "docker-autoscaler"})

SETTINGS = (
    Setting("container-runtime", _DOCKER, is_stopping=True),
    Setting("runtime", _DOCKER, is_stopping=True),
    Setting("container-runtime-executor", _DOCKER, is_stopping=True),
    Setting("executor", EXECUTORS, is_stopping=True),
    Setting("docker-endpoint", _ADDRESS, is_stopping=True, is_endpoint=True),
    Setting("docker-host", _ADDRESS, is_stopping=True, is_endpoint=True),
    Setting("docker-socket", _ADDRESS, is_stopping=True, is_endpoint=True),
    Setting("docker-socket-path", _ADDRESS, is_stopping=True, is_endpoint=True),
    Setting("docker-sock", _ADDRESS, is_stopping=True, is_endpoint=True),
    Setting("docker", _ADDRESS, is_endpoint=True),
    Setting("docker-only"),
    Setting("probe.docker"),
    Setting("providers.docker"),
    Setting("providers.docker.endpoint", _ADDRESS, is_endpoint=True),
    Setting("providers.docker.*", _ANY),
    Setting("docker.endpoint", _ADDRESS, is_endpoint=True),
    Setting("config.system-log-monitor", _MONITOR),
    Setting("config.custom-plugin-monitor", _MONITOR),
    Setting("system-log-monitors", _MONITOR),
    Setting("custom-plugin-monitors", _MONITOR),
)
SWITCHED_OFF = frozenset({"false", "f", "0", "no", "off"})

#: Their words set nothing here: what prints, searches, names, packs, or gives options to another program elsewhere.
QUIET = CLIS | _words(
    """docker-compose podman nerdctl buildah skopeo executor echo printf logger cat tee grep egrep fgrep rg sed awk jq
    test [ which type alias export declare local readonly typeset set command cd ls rm mkdir cp mv find git apt apt-get
    apk yum dnf pip npm kubectl helm kustomize ssh scp minikube kind write-host write-output >"""
)


class Opener(Struct, frozen=True):
    """A program that reads, writes, moves or deletes the files that its operands name.

    Args:
        shorts, longs: options whose value is a word of its own.
        files: of these the ones whose value is a file, too.
        first: how many operands are no files: a pattern, a program.
        instead: options that give what else these first ones do.
        is_paths_first: operands end where the first option comes, as with find.
    """

    shorts: str = ""
    longs: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    first: int = 0
    instead: frozenset[str] = frozenset()
    is_paths_first: bool = False


def _opener(shorts: str = "", longs: str = "", files: str = "", first: int = 0, instead: str = "") -> Opener:
    return Opener(shorts, _words(longs), _words(files), first, _words(instead))


_COPIER = _opener("tS", "target-directory suffix", "t target-directory")
_SEARCH = _opener(
    "efmABCdD",
    "regexp file max-count after-context before-context context include exclude-from",
    first=1,
    instead="e f regexp file",
)
_AWK = _opener("Fvf", "field-separator assign file", "f file", first=1, instead="f file")

#: After the manual pages of coreutils, findutils, grep, sed, tar and rsync. mkdir, test and stat are not here: they
#: fare as well without Docker's files.
OPENERS = {
    **dict.fromkeys(
        _words(
            """cat zcat tac less more nl od base64 md5sum sha1sum sha256sum cmp diff rm rmdir unlink shred touch tee cd
            pushd chmod chown chgrp chattr source . >"""
        ),
        Opener(),
    ),
    **dict.fromkeys(("cp", "mv", "ln"), _COPIER),
    **dict.fromkeys(("grep", "egrep", "fgrep", "zgrep"), _SEARCH),
    **dict.fromkeys(("awk", "gawk", "mawk"), _AWK),
    "head": _opener("nc", "lines bytes"),
    "tail": _opener("ncs", "lines bytes pid sleep-interval"),
    "wc": _opener(longs="files0-from"),
    "sed": _opener("efl", "expression file line-length", "f file", first=1, instead="e f expression file"),
    "jq": _opener("fL", "from-file arg argjson indent", "f from-file", first=1, instead="f from-file"),
    "tar": _opener(
        "fCXTbgIKNV", "file directory exclude-from files-from transform xform", "f C T file directory files-from"
    ),
    "rsync": _opener("feTB", "filter rsh include include-from files-from temp-dir log-file", "files-from"),
    "find": Opener(is_paths_first=True),
    "ls": _opener("IwT", "hide width"),
    "du": _opener("dXtB", "max-depth exclude-from threshold block-size"),
    "df": _opener("tTxB", "type exclude-type block-size"),
    "truncate": _opener("sr", "size reference"),
    "install": _opener("mogtS", "mode owner group target-directory suffix", "t target-directory"),
    "dd": Opener(),
}
#: Name a file in one word with its value.
OPENED_OPERANDS = ("if=", "of=")
