"""What a container's words and scripts run, one command after the other; ``bot.core.shell`` is the way in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from bot.core.shell_files import Files, cron_commands
from bot.core.shell_loops import each_of
from bot.core.shell_programs import (
    COMMAND_STRINGS,
    JOINED,
    POWERSHELLS,
    SHELL_LONG,
    SHELL_STARTERS,
    SHELLS,
    WRAPPERS,
    command_string,
    entered,
    fed,
    printed,
    program_of,
    read_options,
    split_string,
)
from bot.core.shell_text import read_script
from bot.core.shell_windows import read_cmd, read_powershell
from bot.core.shell_words import Command

#: Of a longer script, and of all scripts inside each other twice as much, the rest is not read.
SCRIPT_CHARS = 65_536

#: Wrappers in wrappers and scripts in scripts; what lies deeper is not read.
DEPTH = 16

#: What stands for the program of a call that is a file opened for writing: its word is the path.
OUTPUT = ">"

#: How often loops run a command once more, over all of them; then only for the first word of their lists.
_ROUNDS = 1_024

#: Variables kept for the calls behind them: the latest.
_VARIABLES = 32

_INTERPRETER = re.compile(r"#![ \t]*(\S+)(?:[ \t]+(?:-S[ \t]+)?(\S+))?")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_DURATION = re.compile(r"[\d.]+[smhd]?|\$.*")


class Call(Struct, frozen=True):
    """One program that is run.

    Args:
        program: the last part of ``path``; on Windows without .exe and in lower case. Empty where a container has args
            that begin with an option: what runs them is in the image. OUTPUT for a file that a script writes.
        path: as written.
        args: the words behind it; substitutions as written, such as ``$(pidof dockerd)``.
        environment: (name, value) set for it in the text, the last of a name counts; not the container's own.
        on_host: whether it runs in the node's mount namespace (nsenter -t 1 -m) or under a chroot to a folder with a
            name that the node's root usually has (/host, /rootfs, /proc/1/root).
        root: the folder of the chroot it runs under, as written; whether the node's root is mounted there tells a rule.
        by_cron: whether the node runs it, from a file that the script puts where the node's cron looks.
        index: which word of argv it comes from; 0 in a script.
    """

    program: str
    path: str
    args: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    on_host: bool = False
    root: str | None = None
    by_cron: bool = False
    index: int = 0


def interpreter_of(text: str) -> str:
    """Return the program that the ``#!`` of a script names, empty where there is none."""
    first = _INTERPRETER.match(text)
    if first is None:
        return ""
    return program_of(first[2] if first[2] and program_of(first[1]) in ("env", "busybox") else first[1])


class Place(Struct, frozen=True):
    """Where words stand and what holds for them. ``step``: 1 where each is its own word of argv, 0 in a script."""

    index: int = 0
    step: int = 0
    depth: int = 0
    environment: tuple[tuple[str, str], ...] = ()
    on_host: bool = False
    root: str | None = None
    by_cron: bool = False

    def later(self, words: int) -> "Place":
        return replace(self, index=self.index + words * self.step, depth=self.depth + 1)


@dataclass(slots=True)
class Runner:
    """Collects calls. ``left``: how many characters of scripts may still be read; ``rounds``: of loops run."""

    files: Files
    found: list[Call] = field(default_factory=list)
    left: int = 2 * SCRIPT_CHARS
    rounds: int = _ROUNDS

    def all_found(self) -> tuple[Call, ...]:
        """Return the calls, and those of cron."""
        for location, index, text in self.files.cron_scripts():
            self.script(text, Place(index=index, on_host=location.is_nodes, by_cron=location.is_nodes))
        return tuple(self.found)

    def image_args(self, words: list[str]) -> None:
        """Args for a program that the image names; ``-c`` and a text are a shell's."""
        options = read_options(words, "c", at=0)
        if (text := options.get("c")) and " " in text and text in words:
            self.script(text, Place(index=words.index(text)))
        self.found.append(Call("", "", tuple(words)))

    def script(self, text: str, place: Place, positionals: tuple[str, ...] = ()) -> None:
        """Run a text of the POSIX shell."""
        text = text[: min(SCRIPT_CHARS, self.left)]
        if place.depth > DEPTH or not text:
            return
        self.left -= len(text)
        script = read_script(text, positionals)
        variables = dict(place.environment)
        environment = place.environment
        for command in self._repeated(script.commands):
            if command.words and command.words[0] not in script.functions:
                inner = replace(place, step=0, environment=environment)
                if command.assignments:
                    inner = replace(inner, environment=_latest({**variables, **dict(command.assignments)}))
                self.run(command.words, inner, fed(command))
            for path, is_append in command.outputs:
                self._write(path, printed(command), place, is_append=is_append)
                self._found(OUTPUT, [OUTPUT, path], place)
            if declared := command.declared:
                variables.update(declared)
                environment = _latest(variables)
                variables = dict(environment)

    def _repeated(self, commands: list[Command]) -> Iterator[Command]:
        for command in commands:
            found = each_of(command, self.rounds) if command.loops else [command]
            self.rounds -= len(found) - 1
            yield from found

    def run(self, words: list[str], place: Place, stdin: str = "") -> None:
        """Run one command: what a wrapper or a shell in it runs, else itself."""
        program = program_of(words[0])
        if place.depth > DEPTH:
            self._found(program, words, place)
        elif text := self._started(program, words, place):
            self.script(text, place.later(0), tuple(words))
        elif program in SHELLS:
            self._shell(program, words, place, stdin)
        elif program in POWERSHELLS or program == "cmd":
            self._windows_shell(program, words, place)
        elif program in JOINED:
            self._joined(program, words, place)
        elif program == "find":
            self._find(words, place)
        elif program in COMMAND_STRINGS and (at := command_string(words)):
            self.script(words[at].removeprefix("--command="), place.later(at))
        elif program == "crontab" and (table := self._crontab(words, place, stdin)):
            self.script(cron_commands(table), place.later(0))
        elif program == "tee":
            options = read_options(words)
            for path in words[options.at :]:
                self._write(path, stdin, place, is_append=options.has("a", "append"))
            self._found(program, words, place)
        elif program == "su" and stdin:
            self.script(stdin, place.later(0))
        elif program in WRAPPERS:
            self._wrapper(program, words, place, stdin)
        else:
            self._found(program, words, place)

    def _write(self, path: str, text: str, place: Place, *, is_append: bool) -> None:
        location = self.files.locate(path, place.on_host, place.root)
        self.files.write(location, text, place.index, is_append=is_append)

    def _written(self, path: str, place: Place) -> str:
        """Return what the script has written to a file so far."""
        return self.files.read(self.files.locate(path, place.on_host, place.root)) if self.files.texts else ""

    def _started(self, program: str, words: list[str], place: Place) -> str:
        """Return the script that a command is, where it was written before; empty where it is a program."""
        if program in (".", "source"):
            return self._written(words[1], place) if len(words) > 1 else ""
        text = self._written(words[0], place) if "/" in words[0] else ""
        return text if interpreter_of(text) in ("", *SHELLS) else ""

    def _crontab(self, words: list[str], place: Place, stdin: str) -> str:
        options = read_options(words, "u")
        file = words[options.at : options.at + 1]
        return stdin if file in ([], ["-"]) else self._written(file[0], place)

    def windows(self, commands: list[list[str]], place: Place) -> None:
        """Run the commands of a PowerShell or cmd text, whose programs have no case."""
        for words in commands:
            self.run([words[0].lower(), *words[1:]], replace(place, step=0))

    def _found(self, program: str, words: list[str], place: Place) -> None:
        self.found.append(
            Call(
                program,
                words[0],
                tuple(words[1:]),
                place.environment,
                place.on_host,
                place.root,
                place.by_cron,
                place.index,
            )
        )

    def _wrapper(self, program: str, words: list[str], place: Place, stdin: str) -> None:
        wrapper = WRAPPERS[program]
        options = read_options(words, wrapper.shorts, wrapper.longs)
        if program == "command" and options.has("v", "V"):
            self._found(program, words, place)
            return
        at = options.at + wrapper.operands
        if program == "timeout" and at < len(words) and _DURATION.fullmatch(words[at]):
            at += 1  # BusyBox up to 1.29 had -t for it
        on_host, root = entered(program, words, options)
        inner = replace(place, on_host=place.on_host or on_host, root=root or place.root)
        if program == "env" and (split := split_string(words)):
            self.script(" ".join([split[0], *words[split[1] :]]), inner.later(split[1] - 1))
            return
        assigned: dict[str, str] = {}
        while wrapper.assigns and at < len(words) and _ASSIGNMENT.match(words[at]):
            name, _, assigned[name] = words[at].partition("=")
            at += 1
        if assigned:
            inner = replace(inner, environment=_latest({**dict(place.environment), **assigned}))
        if program == "flock" and words[at : at + 1] == ["-c"]:
            self.script(" ".join(words[at + 1 : at + 2]), inner.later(at + 1))
        elif at < len(words):
            self.run(words[at:], inner.later(at), stdin)
        elif program in SHELL_STARTERS and stdin:
            self.script(stdin, inner.later(0))
        else:
            self._found(program, words, inner)

    def _shell(self, program: str, words: list[str], place: Place, stdin: str) -> None:
        at, has_text, reads_stdin = 1, False, False
        while at < len(words) and words[at][:1] in ("-", "+") and len(words[at]) > 1:
            word = words[at]
            at += 1
            if word == "--":
                break
            if word.startswith("--"):
                at += word[2:] in SHELL_LONG
                continue
            has_text = has_text or (word[0] == "-" and "c" in word)
            reads_stdin = reads_stdin or (word[0] == "-" and "s" in word)
            at += word.count("o") + word.count("O")
        if has_text and at < len(words):
            self.script(words[at], place.later(at), tuple(words[at + 1 :]) or (program,))
        elif stdin and (reads_stdin or words[at : at + 1] in ([], ["-"], ["/dev/stdin"])):
            self.script(stdin, place.later(0), (program, *words[at:]))
        elif at < len(words) and (text := self._written(words[at], place)):
            self.script(text, place.later(0), tuple(words[at:]))
        else:
            self._found(program, words, place)

    def _windows_shell(self, program: str, words: list[str], place: Place) -> None:
        at = 1
        if program == "cmd":
            while at < len(words) and words[at].lower() not in ("/c", "/k"):
                at += 1
            at += 1
        else:
            while at < len(words) and words[at].startswith(("-", "/")):
                option = words[at][1:].lower()
                at += 1
                if option and "command".startswith(option):
                    break
                if option.startswith(("f", "e")) and not option.startswith("ex"):  # a file, an encoded text
                    at = len(words)
                at += option.startswith(("ex", "ep", "v", "w", "i", "o", "config"))
        if at < len(words):
            text = " ".join(words[at:])[: min(SCRIPT_CHARS, self.left)]
            self.left -= len(text)
            self.windows(read_cmd(text) if program == "cmd" else read_powershell(text), place.later(at))
        else:
            self._found(program, words, place)

    def _joined(self, program: str, words: list[str], place: Place) -> None:
        at = read_options(words, "nj").at
        text = "".join(words[at : at + 1]) if program == "trap" else " ".join(words[at:])
        if text == "-":
            self._found(program, words, place)
        else:
            self.script(text, place.later(at))

    def _find(self, words: list[str], place: Place) -> None:
        start = None
        for at, word in enumerate([*words, ";"]):
            if start is None and word in ("-exec", "-execdir", "-ok", "-okdir"):
                start = at + 1
            elif start is not None and word in (";", "+"):
                if words[start:at]:
                    self.run(words[start:at], place.later(start))
                start = None
        self._found("find", words, place)


def _latest(variables: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(variables.items())[-_VARIABLES:]
