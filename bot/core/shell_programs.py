"""Programs that run other programs, as data, and the reading of the options that stand before what they run."""

from collections.abc import Sequence
from dataclasses import dataclass

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
SHELL_STARTERS = frozenset({"chroot", "nsenter", "su"})


@dataclass(frozen=True, slots=True)
class Options:
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


@dataclass(frozen=True, slots=True)
class Wrapper:
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
