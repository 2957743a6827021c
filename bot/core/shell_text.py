"""The commands in a text of the POSIX shell, found in one pass; knows quoting and structure, no program.

Lenient: what does not parse is read as far as it makes sense, and nothing is run, expanded from outside or fetched.
"""

import re

from bot.core.shell_loops import loop_of, loops_in
from bot.core.shell_programs import COMMAND_STRINGS, SHELL_STARTERS, SHELLS, program_of
from bot.core.shell_words import DEPTH, Command, Script, WordReader

#: A longer value of a variable is not put in its place, so that no text grows while it is read.
_VALUE_CHARS = 256

#: Of a group in brackets the last commands whose output is looked at.
_MEMBERS = 16

_BLANK = re.compile(r"(?:[^\S\n]|\\\r?\n)+")
_OPERATOR = re.compile(r";;&|;;|;&|&&|\|\||\|&|&>>|&>|<<<|<<-|<<|<&|>&|>>|>\||<>|[<>](?!\()|[;&|()\n]")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(?:\[[^\]\s]{0,80}\])?\+?=")
_ALL = re.compile(r"(?:\"\$(?:[@*]|\{[@*]\})\"|\$(?:[@*]|\{[@*]\}))(?=[\s;&|)]|$)")
_NO_PARAMETERS = re.compile(r"[^\S\n]*\)")
_PROGRAM = re.compile(r"[\w./]")
_DESCRIPTOR = re.compile(r"\d+(?=[<>])")

_SKIPPED = frozenset({"if", "then", "else", "elif", "fi", "while", "until", "do", "done", "!", "{", "}", "coproc"})
_WRITING = frozenset({">", ">>", ">|", "&>", "&>>"})
_LOOPS = frozenset({"for", "select"})
_CASE, _FUNCTION = "case", "function"
_PAREN, _PATTERN, _BODY = "(", "pattern", "body"

#: Start a shell, which may read the rest of a text that stands on its input.
_READ_ON = SHELLS | SHELL_STARTERS | COMMAND_STRINGS | {"sudo"}

#: Between these, what stands there may never be reached, or be reached by a process of its own.
_OPENING = frozenset({"if", "while", "until", "{", *_LOOPS})
_CLOSING = frozenset({"fi", "done", "}"})

#: Behind a command: it runs beside the shell, whose exit is not its own.
_ASIDE = frozenset({"|", "|&", "&"})

#: So deep is a text in which more is closed than was opened: nobody can tell what of it is always reached.
_UNSURE = 1_000_000


def read_script(text: str, positionals: tuple[str, ...] = ()) -> Script:
    """Read every command of a text, in time linear in its length. Never raises.

    Args:
        positionals: ``$0``, ``$1`` and so on where they are known.
    """
    script = Script(variables={str(place): word for place, word in enumerate(positionals)})
    _Reader(text, script, positionals[1:] if positionals else None, 0).read(is_inside=False)
    return script


class _Reader(WordReader):
    level = 0
    is_chained = False

    def read(self, *, is_inside: bool) -> None:
        """Read to the end, to an ``exit`` or ``exec`` that is always reached, or behind a substitution's ``)``."""
        open_: list[str] = []
        outer, self.groups = self.groups, []
        command = Command()
        while self._skip_blanks():
            match = _OPERATOR.match(self.text, self.at)
            if match is None:
                command = self._take_word(command, open_)
                continue
            operator = match[0]
            self.at = match.end()
            if operator[0] in "<>" or operator.startswith("&>"):
                self._redirect(operator, command)
                continue
            if operator == "(":
                if self.skip_arithmetic(self.at - 1):
                    continue
                if len(command.words) == 1 and (empty := _NO_PARAMETERS.match(self.text, self.at)):
                    self.script.functions.add(command.words[0])
                    self.at = empty.end()
                    command = Command()
                    continue
                if open_[-1:] != [_PATTERN]:
                    open_.append(_PAREN)
                    self.groups.append(len(self.script.commands))
            elif operator == ")":
                if open_[-1:] == [_PATTERN]:
                    open_[-1] = _BODY
                elif open_[-1:] == [_PAREN]:
                    open_.pop()
                    self._keep(command)
                    command = self._group()
                    continue
                elif is_inside:
                    break
            elif operator in (";;", ";&", ";;&") and open_[-1:] == [_BODY]:
                open_[-1] = _PATTERN
            self._keep(command)
            if not open_ and not is_inside and self._ends(command, operator):
                self._read_documents()
                self.at = len(self.text)
                return
            is_waiting = operator == "\n" and command.piped_from is not None and not command.words
            source = command.piped_from if is_waiting else command if operator in ("|", "|&") else None
            command = Command(piped_from=source)
            if operator == "\n":
                self._read_documents()
        self._keep(command)
        self.groups = outer

    def _ends(self, command: Command, operator: str) -> bool:
        """Whether the command in front of an operator ends every run of the text: ``exit``, ``exec`` of a program."""
        is_alone = not (self.is_chained or self.level or self.depth or command.piped_from or operator in _ASIDE)
        if operator != "\n" or command.words or command.members:  # a line may end behind && and ||
            self.is_chained = operator in ("&&", "||")
        if not is_alone or command.words[:1] not in (["exit"], ["exec"]) or command.words[0] in self.script.functions:
            return False
        return command.words[0] == "exit" or _is_replaced(command.words[1:])

    def _keep(self, command: Command) -> None:
        if command.head in _LOOPS:
            name, items = loop_of(command.words)
            self.script.variables.pop(name, None)
            self.script.loops[name] = items
        is_written = command.members and command.outputs
        if command.head or not (command.words or command.assignments or is_written):
            return
        command.loops = loops_in(command, self.script.loops)
        self.script.commands.append(command)
        if command.words[:1] == ["alias"]:
            pairs = (word.partition("=") for word in command.words[1:])
            self.script.functions.update(name for name, _, value in pairs if name not in value.split())
        for name, value in command.declared:
            self.script.variables[name] = value if len(value) <= _VALUE_CHARS else f"${{{name}}}"

    def _group(self) -> Command:
        """Return what stands for the commands of the group that ends here: it may be written or piped on as one."""
        start = self.groups.pop() if self.groups else len(self.script.commands)
        return Command(members=self.script.commands[max(start, len(self.script.commands) - _MEMBERS) :])

    def _skip_blanks(self) -> bool:
        """Go to the next token, over comments; False at the end."""
        if blank := _BLANK.match(self.text, self.at):
            self.at = blank.end()
        if self.text.startswith("#", self.at):
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end
        return self.at < len(self.text)

    def _take_word(self, command: Command, open_: list[str]) -> Command:
        """Read a word into the command; a reserved word may end it and begin the next."""
        if number := _DESCRIPTOR.match(self.text, self.at):
            self.at = number.end()
            self.descriptor = number[0]
            return command
        if open_[-1:] == [_PATTERN]:
            if self.word()[0] == "esac":
                open_.pop()
            return Command()
        is_first = not (command.words or command.assignments or command.head)
        if not command.words and not command.head and (name := _ASSIGNMENT.match(self.text, self.at)):
            self.at = name.end()
            command.assignments.append((name[1], self._assigned()))
            return command
        if self.parameters is not None and (whole := _ALL.match(self.text, self.at)):
            self.at = whole.end()
            command.words.extend(self.parameters)
            return command
        word, is_quoted = self.word()
        if command.head == _CASE and word == "in":
            open_.append(_PATTERN)
            return Command()
        if command.head == _FUNCTION:
            self.script.functions.add(word)
            return Command()
        if command.head:
            if command.head in _LOOPS:
                command.words.extend(word.split() if self.splits else [word])
            return command
        if is_first and not is_quoted:
            self._count(word)
            if word == "{":
                self.groups.append(len(self.script.commands))
            elif word == "}":
                return self._group()
            if word in _SKIPPED:
                return command
            if word in _LOOPS or word in (_CASE, _FUNCTION):
                command.head = word
                return command
            if word == "esac" and open_[-1:] == [_BODY]:
                open_.pop()
                return command
            if word == "[[":
                self._skip_test()
                return command
        command.words.extend(word.split() if self.splits else [word])
        return command

    def _count(self, word: str) -> None:
        if word in _OPENING:
            self.level += 1
        elif word in _CLOSING:
            self.level = self.level - 1 if self.level else _UNSURE
        elif word == "coproc":
            self.is_chained = True

    def _assigned(self) -> str:
        if not self.text.startswith("(", self.at):
            return self.word()[0]
        self.at += 1
        words = []
        while self._skip_blanks() and not self.text.startswith(")", self.at):
            before = self.at
            words.append(self.word()[0])
            self.at += self.at == before
        self.at += 1
        return " ".join(filter(None, words))

    def _skip_test(self) -> None:
        """Go behind ``]]``; substitutions on the way are read."""
        while self._skip_blanks() and self.text[self.at] != ";":
            if self.text.startswith("]]", self.at):
                self.at += 2
                return
            before = self.at
            self.word()
            self.at += self.at == before

    def _redirect(self, operator: str, command: Command) -> None:
        descriptor, self.descriptor = self.descriptor, ""
        self._skip_blanks()
        before = self.at
        word, is_quoted = self.word()
        if operator in _WRITING and descriptor in ("", "1") and word and not word.startswith("/dev/"):
            command.outputs.append((word, operator.endswith(">>")))
        elif operator in ("<<", "<<-"):
            is_quoted = is_quoted or "\\" in self.text[before : self.at]
            self.pending.append((command, word, operator == "<<-", is_quoted))
        elif operator == "<<<":
            command.stdin = word

    def _read_documents(self) -> None:
        """Read the bodies of the here documents that the line before has opened."""
        for command, delimiter, is_stripped, is_quoted in self.pending:
            start = end = self.at
            while self.at < len(self.text):
                stop = self.text.find("\n", self.at)
                stop = len(self.text) if stop < 0 else stop
                line = self.text[self.at : stop].removesuffix("\r")
                end, self.at = self.at, min(stop + 1, len(self.text))
                if (line.lstrip("\t") if is_stripped else line) == delimiter:
                    break
                end = self.at
            command.stdin = self.text[start:end]
            if not is_quoted and self.depth < DEPTH:
                _Reader(command.stdin, self.script, self.parameters, self.depth + 1).quoted("")
        self.pending.clear()


def _is_replaced(words: list[str]) -> bool:
    """Whether ``exec`` of these words puts a program in the shell's place that does not read on in its text."""
    if not words or not _PROGRAM.match(words[0]):
        return False  # redirections alone, or what may turn out to be nothing
    return not any(program_of(word) in _READ_ON for word in words)
