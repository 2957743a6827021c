"""Programs that run other programs, as data, and the reading of the options that stand before what they run."""

import re
from collections.abc import Sequence

from msgspec import Struct

from bot.core.shell_words import Command

SHELLS = frozenset({"sh", "bash", "ash", "dash", "ksh", "mksh", "zsh", "rbash"})

#: Long options of the shells whose value is a word of its own.
SHELL_LONG = frozenset({"rcfile", "init-file"})

POWERSHELLS = frozenset({"powershell", "pwsh"})

#: Print their words; behind a pipe into a shell those words are a script.
PRINTERS = frozenset({"echo", "printf"})

#: Join their words to a script and run it.
JOINED = frozenset({"eval", "watch", "parallel", "trap"})

#: Take a script by -c, wherever it stands.
COMMAND_STRINGS = frozenset({"su", "runuser", "script", "sg"})

#: Start a shell where no command is given.
SHELL_STARTERS = frozenset({"chroot", "nsenter"})

#: Give on what a pipe puts in, more or less, and how many of them in a row are looked through.
_PASSING = frozenset({"cat", "envsubst", "sed", "tee"})
_PIPE_LENGTH = 4

_LOOKED_UP = re.compile(r"(?:\$\(|`)\s*(?:which|command\s+-v|type\s+-[pP])\s+([^\s()`]+)\s*(?:2>\S*\s*)?[)`]")
_NODE_PROCESS = re.compile(r"\b(?:pidof|pgrep)\b.{0,200}\b(?:dockerd|kubelet|containerd|systemd|init)\b", re.DOTALL)
_MOUNT_NAMESPACE = re.compile(r"/1/ns/mnt$")
_NODE_ROOT = re.compile(r"(?:^|[/${_-])(?:host|root-?fs|node)|/proc/1/root", re.IGNORECASE)
_COMMAND_OPTION = re.compile(r"-[a-z]*c|--command")


class Options(Struct, frozen=True):
    """Options as read: name without dashes to its value ("" for a flag), and the index of the first operand."""

    values: dict[str, str]
    at: int

    def has(self, *names: str) -> bool:
        """Whether one of the options is given."""
        return any(name in self.values for name in names)

    def get(self, *names: str) -> str | None:
        """The value of the first of the options that is given with one."""
        return next((self.values[name] for name in names if self.values.get(name)), None)


def read_options(words: Sequence[str], shorts: str = "", longs: frozenset[str] = frozenset(), at: int = 1) -> Options:
    """Read the options from ``at`` up to the first operand or behind ``--``, as getopt does.

    Args:
        shorts: letters whose option takes a value, attached (``-n5``) or as the next word.
        longs: names whose option takes a value, behind ``=`` or as the next word.
    """
    values: dict[str, str] = {}
    while at < len(words):
        word = words[at]
        if word == "--":
            return Options(values, at + 1)
        if not word.startswith("-") or word == "-":
            break
        at += 1
        if word.startswith("--"):
            name, has_value, value = word[2:].partition("=")
            if not has_value and name in longs and at < len(words):
                value = words[at]
                at += 1
            values[name] = value
            continue
        for place, letter in enumerate(word[1:], start=2):
            if letter not in shorts:
                values[letter] = ""
                continue
            values[letter] = word[place:].removeprefix("=")
            if place == len(word) and at < len(words):
                values[letter] = words[at]
                at += 1
            break
    return Options(values, at)


class Wrapper(Struct, frozen=True):
    """A program that runs the words behind its own.

    ``shorts``, ``longs``: as for ``read_options``. ``operands``: how many words of its own follow the options.
    ``assigns``: NAME=value words may follow them.
    """

    shorts: str = ""
    longs: frozenset[str] = frozenset()
    operands: int = 0
    assigns: bool = False


def _wrapper(shorts: str = "", longs: str = "", operands: int = 0, *, assigns: bool = False) -> Wrapper:
    return Wrapper(shorts, frozenset(longs.split()), operands, assigns)


#: After the manual pages of util-linux, coreutils, findutils, sudo, BusyBox and the init programs of images.
WRAPPERS = {
    "sudo": _wrapper(
        "ugCDhpRrtTU",
        "user group host prompt chdir chroot role type other-user close-from command-timeout",
        assigns=True,
    ),
    "doas": _wrapper("uC"),
    "env": _wrapper("uC", "unset chdir", assigns=True),
    "timeout": _wrapper("kst", "kill-after signal"),
    "nice": _wrapper("n", "adjustment"),
    "ionice": _wrapper("cnpPu", "class classdata"),
    "chrt": _wrapper("TPD", operands=1),
    "taskset": _wrapper(operands=1),
    "stdbuf": _wrapper("ioe", "input output error"),
    "exec": _wrapper("a"),
    "command": _wrapper(),
    "builtin": _wrapper(),
    "time": _wrapper("fo", "format output"),
    "nohup": _wrapper(),
    "setsid": _wrapper(),
    "unshare": _wrapper("RwSG", "root wd setuid setgid"),
    "setpriv": _wrapper("", "reuid regid groups inh-caps ambient-caps bounding-set"),
    "chpst": _wrapper("ueonmdclpftr"),
    "xargs": _wrapper("adEILnPs", "arg-file delimiter max-lines max-args max-procs max-chars"),
    "tini": _wrapper("pe"),
    "tini-static": _wrapper("pe"),
    "docker-init": _wrapper("pe"),
    "dumb-init": _wrapper("r", "rewrite"),
    "catatonit": _wrapper(),
    "gosu": _wrapper(operands=1),
    "su-exec": _wrapper(operands=1),
    "setuser": _wrapper(operands=1),
    "runuser": _wrapper("ugGsw", "user group supp-group shell whitelist-environment"),
    "flock": _wrapper("wE", "timeout wait conflict-exit-code", operands=1),
    "busybox": _wrapper(),
    "toybox": _wrapper(),
    "chroot": _wrapper("", "userspec groups", operands=1),
    "nsenter": _wrapper("tSGNZ", "target setuid setgid net-socket"),
    # Scripts of many images that prepare something and run their words then.
    "entrypoint.sh": _wrapper(),
    "docker-entrypoint.sh": _wrapper(),
}


def program_of(path: str) -> str:
    """Return a program's name from its path; ``$(which docker)`` names docker."""
    if looked_up := _LOOKED_UP.fullmatch(path):
        path = looked_up[1]
    name = path.rsplit("/", 1)[-1]
    if "\\" in name:
        return name.rsplit("\\", 1)[-1].lower().removesuffix(".exe")
    return name[:-4].lower() if name.lower().endswith(".exe") else name


def entered(program: str, words: Sequence[str], options: Options) -> tuple[bool, str | None]:
    """Return whether a wrapper enters the node's mounts, or a root named like it, and the folder of its chroot."""
    if program == "nsenter":
        is_node = options.get("t", "target") == "1" or _NODE_PROCESS.search(options.get("t", "target") or "")
        has_mounts = options.has("m", "mount", "a", "all", "r", "root")
        by_file = _MOUNT_NAMESPACE.search(options.get("m", "mount") or "")
        return bool(by_file or (has_mounts and is_node)), None
    root = options.get("R", "root", "chroot") if program in ("sudo", "unshare") else None
    if program == "chroot":
        root = "".join(words[options.at : options.at + 1])
    return (_NODE_ROOT.search(root) is not None, root) if root else (False, None)


def command_string(words: Sequence[str]) -> int:
    """Index of the script that ``-c`` gives to su and its like; 0 where there is none."""
    for at, word in enumerate(words[1:], start=1):
        if word.startswith("--command="):
            return at
        if _COMMAND_OPTION.fullmatch(word) and at + 1 < len(words):
            return at + 1
    return 0


def split_string(words: Sequence[str]) -> tuple[str, int] | None:
    """The text that ``env -S`` splits, and the index of the words behind it."""
    for at, word in enumerate(words[1:], start=2):
        if not word.startswith("-") or word == "--":
            return None
        if word in ("-S", "--split-string"):
            return "".join(words[at : at + 1]), at + 1
        for start in ("-S", "--split-string="):
            if word.startswith(start):
                return word[len(start) :], at
    return None


def fed(command: Command) -> str:
    """The text that a here document or a pipe from echo, printf or cat puts into a command's stdin."""
    source: Command | None = command
    for _ in range(_PIPE_LENGTH):
        if source is None or source.stdin:
            break
        source = source.piped_from
        if source and source.members:
            # One that has its text from a pipe is left out: groups in groups would be read again and again.
            plain = (one for one in source.members if not one.outputs and one.piped_from is None)
            return "\n".join(filter(None, map(printed, plain)))
        words = source.words if source else []
        if words[:1] and program_of(words[0]) in PRINTERS:
            return _said(words)
        if words[:1] and program_of(words[0]) not in _PASSING:
            return ""
    return source.stdin if source else ""


def printed(command: Command) -> str:
    """The text that a command, or the commands of a group, write to their output, as far as it stands in the text."""
    return fed(Command(piped_from=command))


def _said(words: Sequence[str]) -> str:
    options = read_options(words)
    text = words[options.at :]
    if program_of(words[0]) == "echo":
        said = " ".join(text)
        return said.replace("\\n", "\n") if options.has("e") or said.startswith("#!") else said
    return "\n".join(text).replace("\\n", "\n")
