"""Which calls need the node's Docker: its command line, service or socket, a setting that names it.

What a call reaches in the end is not decided here: a socket may be another's, a host may be the pod's own daemon.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from bot.core import docker_tables as tables
from bot.core.endpoints import read_endpoint
from bot.core.shell import Call
from bot.core.shell_programs import read_options


class Kind(StrEnum):
    """In which way a call needs Docker.

    CLI: docker or docker compose with a verb that asks the daemon. SERVICE: the unit or process of dockerd.
    CRI_DOCKERD_SERVICE: that of cri-dockerd. SOCKET: HTTP to any unix socket or to Docker's port; only what is mounted
    there tells whether it is Docker's. DOCKERSHIM, CRI_DOCKERD: a CRI client told to use their socket. SETTING: an
    option that makes a tool expect Docker.
    """

    CLI = "cli"
    SERVICE = "service"
    CRI_DOCKERD_SERVICE = "cri-dockerd-service"
    SOCKET = "socket"
    DOCKERSHIM = "dockershim"
    CRI_DOCKERD = "cri-dockerd"
    SETTING = "setting"


class Use(Struct, frozen=True):
    """One way in which a call needs Docker.

    Args:
        words: the words that show it, such as ``("docker", "ps")``; without user and password.
        endpoint: where the call says that the daemon listens, by -H, DOCKER_HOST in front of it or the setting, without
            user and password; for ``read_endpoint``, whose None means an address that cannot be known. None where the
            call leaves it to the container.
        context: the docker context it names, other than the default one.
        is_stopping: whether the program does nothing useful without; else it loses a part (settings only).
    """

    kind: Kind
    words: tuple[str, ...]
    endpoint: str | None = None
    context: str | None = None
    is_stopping: bool = True


def uses_docker(call: Call) -> Use | None:
    """Return the first way in which a call needs Docker, None for a call that does not."""
    return next(all_uses(call), None)


def all_uses(call: Call) -> Iterator[Use]:
    """Yield every way in which a call needs Docker. ``dockerd`` is a daemon of the container's own and none of them."""
    if script := tables.INIT_SCRIPT.fullmatch(call.path):
        kind = Kind.SERVICE if script[1] in tables.UNITS else Kind.CRI_DOCKERD_SERVICE
        yield Use(kind, (call.path, *call.args[:1]))
        return
    if call.program in tables.CLIS or call.program == tables.COMPOSE:
        yield from _cli(call)
    elif call.program in tables.SERVICE_TOOLS:
        yield from _service(call)
    elif call.program == "journalctl":
        yield from _journal(call)
    elif call.program == "kill" or call.program in tables.NAME_KILLERS:
        yield from _kill(call)
    else:
        yield from _socket(call)
    if call.program not in tables.QUIET:
        yield from _endpoints(call)
        yield from _settings(call)


def _cli(call: Call) -> Iterator[Use]:
    words = [call.program, *call.args]
    options = read_options(words, tables.CLI_SHORT, tables.CLI_LONG)
    host, context = options.get("H", "host"), options.get("c", "context")
    if call.program == tables.COMPOSE:
        rest, verb, shown = words, "compose", [call.program]
    else:
        if options.has("v", "version", "help"):
            return
        rest, shown = words[options.at :], [call.program, *words[options.at : options.at + 1]]
        verb = rest[0] if rest else ""
    if not verb.startswith(("$", "`")) and verb not in tables.VERBS:
        return
    if (verb not in tables.RUNNERS and "--help" in rest) or rest[1:2] == ["--help"]:
        return
    if verb == "compose":
        below = read_options(rest, tables.COMPOSE_SHORT, tables.COMPOSE_LONG)
        if below.has("v", "version", "help"):
            return
        host = host or below.get("H", "host") if call.program == tables.COMPOSE else host
    else:
        below = read_options(rest, "f", frozenset({"builder", "format"}))
    if verb in tables.OFFLINE:
        shown += (action := rest[below.at : below.at + 1])
        if "".join(action) in tables.OFFLINE[verb]:
            return
    if verb == "buildx" and _builds_elsewhere(call, rest):
        return
    if verb == "version" and "Client" in (below.get("f", "format") or "") and "Server" not in " ".join(rest):
        return
    environment = dict(call.environment)
    if not host and not context:
        host = environment.get("DOCKER_HOST")
        context = None if host else environment.get("DOCKER_CONTEXT")
    yield Use(
        Kind.CLI,
        tuple(shown),
        endpoint=_shown(host) if host else None,
        context=context if context != tables.DEFAULT_CONTEXT else None,
    )


def _builds_elsewhere(call: Call, words: Sequence[str]) -> bool:
    builder = next(_values(words, "", "builder"), dict(call.environment).get("BUILDX_BUILDER"))
    driver = next(_values(words, "", "driver"), "")
    return driver in tables.REMOTE_DRIVERS or builder not in (None, "", tables.DEFAULT_BUILDER)


def _service(call: Call) -> Iterator[Use]:
    if call.program == "systemctl" and any(
        next(_values(call.args, short, long), None) for short, long in tables.REMOTE_OPTIONS
    ):
        return
    words = [word for word in call.args if not word.startswith("-")]
    for at, word in enumerate(words):
        if kind := _unit(word):
            verb = words[:1] if at else words[1:2]  # service takes the unit first
            yield Use(kind, (call.program, *verb, word) if at else (call.program, word, *verb))
            return


def _journal(call: Call) -> Iterator[Use]:
    fields = (word.removeprefix("_SYSTEMD_UNIT=") for word in call.args if word.startswith("_SYSTEMD_UNIT="))
    for unit in (*_values(call.args, "u", "unit"), *fields):
        if kind := _unit(unit):
            yield Use(kind, (call.program, "-u", unit))
            return
    if "dockerd" in _values(call.args, "t", "identifier"):
        yield Use(Kind.SERVICE, (call.program, "-t", "dockerd"))


def _kill(call: Call) -> Iterator[Use]:
    if call.program == "kill":
        words = tuple(word for word in call.args if tables.DAEMON_PROCESS.search(word))
    else:
        words = tuple(word for word in call.args if tables.DAEMON_NAMES.fullmatch(word))
    if words:
        yield Use(Kind.SERVICE, (call.program, words[0]))


def _unit(word: str) -> Kind | None:
    name = word.lower().removeprefix("string:")  # of dbus-send
    if name in tables.UNITS:
        return Kind.SERVICE
    return Kind.CRI_DOCKERD_SERVICE if name in tables.CRI_DOCKERD_UNITS else None


def _socket(call: Call) -> Iterator[Use]:
    if option := tables.SOCKET_OPTIONS.get(call.program):
        for path in _values(call.args, *option):
            yield Use(Kind.SOCKET, (call.program, f"--{option[1]}" if not option[0] else f"-{option[0]}", path), path)
            return
    if call.program == "socat":
        for word in call.args:
            if address := tables.SOCAT_ADDRESS.match(word):
                yield Use(Kind.SOCKET, (call.program, address[0]), address[1])
                return
    if call.program in tables.HTTP_CLIENTS:
        for word in call.args:
            if tables.DAEMON_URL.fullmatch(word) and (endpoint := read_endpoint(word)):
                yield Use(Kind.SOCKET, (call.program, str(endpoint)), str(endpoint))
                return


def _endpoints(call: Call) -> Iterator[Use]:
    short = tables.ENDPOINT_SHORT.get(call.program, frozenset())
    for flag in _flags(call.args):
        if flag.name in tables.ENDPOINT_FLAGS or flag.name in short:
            yield from _cri(flag.value, flag.words)
    for name, value in call.environment:
        if name in tables.ENDPOINT_VARIABLES:
            yield from _cri(value, (f"{name}={value}",))


def _cri(value: str, words: tuple[str, ...]) -> Iterator[Use]:
    for kind, pattern in ((Kind.DOCKERSHIM, tables.DOCKERSHIM), (Kind.CRI_DOCKERD, tables.CRI_DOCKERD)):
        if pattern.search(value):
            yield Use(kind, words, value)
            return


def _settings(call: Call) -> Iterator[Use]:
    for flag in _flags(call.args):
        setting = _SETTINGS.get(flag.name)
        if setting is None:
            setting = next((every for start, every in _SETTINGS_BELOW if flag.name.startswith(start)), None)
        if setting is None:
            continue
        if setting.value is None:
            if not flag.is_joined or flag.value.lower() not in tables.SWITCHED_OFF:
                yield Use(Kind.SETTING, (flag.written,), is_stopping=setting.is_stopping)
        elif setting.value.fullmatch(flag.value):
            endpoint = _shown(flag.value) if setting.is_endpoint else None
            words = flag.words
            if setting.flag.endswith("*"):  # other values below such a flag may be secrets
                words = (flag.written.partition("=")[0],)
            elif setting.is_endpoint and "@" in flag.value:
                words = flag.showing(endpoint or "")
            yield Use(Kind.SETTING, words, endpoint, is_stopping=setting.is_stopping)


class _Flag(Struct, frozen=True):
    """An option among the words of any program. ``written``: the word it stands in; ``is_joined``: with its value."""

    name: str
    value: str
    written: str
    is_joined: bool

    @property
    def words(self) -> tuple[str, ...]:
        return (self.written,) if self.is_joined else (self.written, self.value)

    def showing(self, value: str) -> tuple[str, ...]:
        """The words with another value in place of its own; the name alone where that is empty."""
        name = self.written.partition("=")[0] if self.is_joined else self.written
        if not value:
            return (name,)
        return (f"{name}={value}",) if self.is_joined else (name, value)


def _flags(words: Sequence[str]) -> Iterator[_Flag]:
    """Yield every option with its value, written as one word or as two; programs in Go take one dash or two."""
    for at, word in enumerate(words):
        if not word.startswith("-"):
            continue
        name, separator, value = word.lstrip("-").partition("=")
        if not separator and at + 1 < len(words) and not words[at + 1].startswith("-"):
            value = words[at + 1]
        yield _Flag(name.lower().replace("_", "-"), value.strip().strip("'\""), word, bool(separator))


def _values(words: Sequence[str], short: str, long: str) -> Iterator[str]:
    """Yield the values of an option that may be given more than once: ``-u x``, ``-fu x``, ``-ux``, ``--unit=x``."""
    for at, word in enumerate(words):
        if word.startswith("--"):
            name, separator, value = word[2:].partition("=")
            if name == long and (separator or at + 1 < len(words)):
                yield value if separator else words[at + 1]
        elif short and word.startswith("-") and short in word:
            _, _, value = word.partition(short)
            if value or at + 1 < len(words):
                yield value or words[at + 1]


def _shown(address: str) -> str:
    """An address without user and password; empty where it can not be told which part they are."""
    if endpoint := read_endpoint(address):
        return str(endpoint)
    return "" if "@" in address else address


_SETTINGS = {setting.flag: setting for setting in tables.SETTINGS if not setting.flag.endswith("*")}
_SETTINGS_BELOW = [(setting.flag[:-1], setting) for setting in tables.SETTINGS if setting.flag.endswith("*")]
