"""Words of a text of the POSIX shell: quotes, variables, substitutions; ``bot.core.shell_text`` reads the commands."""

import re

from msgspec import Struct, field

#: Substitutions inside substitutions; what lies deeper is not read.
DEPTH = 16

_ARITHMETIC_CHARS = 300

_PLAIN = re.compile(r"[^\s'\"\\$`;&|()<>]+")
_IN_QUOTES = re.compile(r"[^\"\\$`]+")
_IN_BRACES = re.compile(r"[^}'\"\\$`]+")
_BACKTICKS = re.compile(r"([^`\\]*(?:\\.[^`\\]*)*)`?", re.DOTALL)
_NAME = re.compile(r"\$(?:(\w+)|\{(\w+)(?:\[[@*]\])?\}|[@*#?!-])")
_DEFAULT = re.compile(r"\$\{(\w+):?[-=]([^{}$`'\"\\]*)\}")

_DECLARING = frozenset({"export", "declare", "typeset", "local", "readonly"})


class Command(Struct, eq=False):
    """One simple command.

    Args:
        words: unquoted; a substitution in them stays as written, a variable that the text sets has its value.
        assignments: in front of the words, in order.
        stdin: what a here document or here string feeds it, "" for none.
        piped_from: the command in front of the ``|``.
        members: of a group in brackets its last commands; such a command has no words.
        outputs: the files that its standard output goes to, and whether it is put behind what is there.
        loops: of the ``for`` loops whose variable stands in it as written, the name and the words that it takes.
    """

    words: list[str] = field(default_factory=list)
    assignments: list[tuple[str, str]] = field(default_factory=list)
    stdin: str = ""
    piped_from: "Command | None" = None
    head: str = ""
    members: "list[Command]" = field(default_factory=list)
    outputs: list[tuple[str, bool]] = field(default_factory=list)
    loops: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def declared(self) -> list[tuple[str, str]]:
        """What later commands of the text find set by this one."""
        if not self.words:
            return self.assignments
        if self.words[0] not in _DECLARING:
            return []
        pairs = (word.partition("=") for word in self.words[1:])
        return [(name, value) for name, separator, value in pairs if separator]


class Script(Struct):
    """What a text holds: its commands, those inside a substitution first, and the functions it defines."""

    commands: list[Command] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)
    variables: dict[str, str] = field(default_factory=dict)
    loops: dict[str, tuple[str, ...]] = field(default_factory=dict)


class WordReader:
    """Goes through a text word by word; the commands inside a substitution are for ``read``."""

    def __init__(self, text: str, script: Script, parameters: tuple[str, ...] | None, depth: int) -> None:
        self.text = text
        self.script = script
        self.parameters = parameters
        self.depth = depth
        self.at = 0
        self.splits = False
        self.groups: list[int] = []
        self.descriptor = ""
        self.pending: list[tuple[Command, str, bool, bool]] = []

    def read(self, *, is_inside: bool) -> None:
        """Read commands to the end, or behind the ``)`` that closes a substitution; a subclass knows how."""
        raise NotImplementedError

    def word(self) -> tuple[str, bool]:
        """Read one word: its text without quotes, and whether any part was quoted. Empty before an operator."""
        parts: list[str] = []
        is_quoted = self.splits = False
        start = self.at
        while self.at < len(self.text):
            if plain := _PLAIN.match(self.text, self.at):
                self.at = plain.end()
                parts.append(plain[0])
                continue
            sign = self.text[self.at]
            if sign == "'":
                end = self.text.find("'", self.at + 1)
                end = len(self.text) if end < 0 else end
                parts.append(self.text[self.at + 1 : end])
                self.at = end + 1
                is_quoted = True
            elif sign == '"':
                self.at += 1
                parts.append(self.quoted('"'))
                is_quoted = True
            elif sign == "\\":
                escaped = self.text[self.at + 1 : self.at + 2]
                self.at += 2
                parts.append(escaped.replace("\n", ""))
                is_quoted = is_quoted or escaped != "\n"
            elif sign == "$":
                parts.append(self._dollar(in_quotes=False))
            elif sign == "`":
                parts.append(self._backticks())
            elif sign in "<>" and self.at == start and self.text.startswith("(", self.at + 1):
                parts.append(self._substitution(2))
            else:
                break
        return "".join(parts), is_quoted

    def quoted(self, closing: str) -> str:
        """Read what stands in double quotes and go behind them; ``""`` as closing reads to the end."""
        parts: list[str] = []
        while self.at < len(self.text):
            if plain := _IN_QUOTES.match(self.text, self.at):
                self.at = plain.end()
                parts.append(plain[0])
                continue
            sign = self.text[self.at]
            if sign == "$":
                parts.append(self._dollar(in_quotes=True))
            elif sign == "`":
                parts.append(self._backticks())
            elif sign == "\\":
                escaped = self.text[self.at + 1 : self.at + 2]
                self.at += 2
                parts.append("" if escaped == "\n" else escaped if escaped in '$`"\\' else sign + escaped)
            else:
                self.at += 1
                if sign == closing:
                    break
                parts.append(sign)
        return "".join(parts)

    def _dollar(self, *, in_quotes: bool) -> str:
        start = self.at
        following = self.text[start + 1 : start + 2]
        if following == "(":
            if self.skip_arithmetic(start + 1):
                return self.text[start : self.at]
            return self._substitution(2)
        if name := _NAME.match(self.text, start):
            self.at = name.end()
            return self._value(name[1] or name[2] or "", name[0], in_quotes=in_quotes)
        if default := _DEFAULT.match(self.text, start):
            self.at = default.end()
            return self._value(default[1], default[2], in_quotes=in_quotes)
        if following == "{":
            return self._braces(in_quotes=in_quotes)
        self.at += 1
        return "" if following in ("'", '"') and not in_quotes else "$"

    def _value(self, name: str, otherwise: str, *, in_quotes: bool) -> str:
        value = self.script.variables.get(name, otherwise)
        if not in_quotes and " " in value and not value.startswith(("$(", "`")):
            self.splits = True
        return value

    def _substitution(self, opening: int) -> str:
        """Read the commands of ``$(…)`` and return it as written."""
        start = self.at
        self.at += opening
        if self.depth >= DEPTH:
            self.at = len(self.text)
            return self.text[start:]
        self.depth += 1
        pending, self.pending = self.pending, []
        self.read(is_inside=True)
        self.pending = pending
        self.depth -= 1
        return self.text[start : self.at]

    def _braces(self, *, in_quotes: bool) -> str:
        """Read the substitutions in ``${…}`` and return it as written."""
        start = self.at
        self.at += 2
        if self.depth >= DEPTH:
            self.at = len(self.text)
            return self.text[start:]
        self.depth += 1
        while self.at < len(self.text):
            if plain := _IN_BRACES.match(self.text, self.at):
                self.at = plain.end()
                continue
            sign = self.text[self.at]
            if sign == "$":
                self._dollar(in_quotes=in_quotes)
            elif sign == "`":
                self._backticks()
            elif sign == "'" and not in_quotes:
                end = self.text.find("'", self.at + 1)
                self.at = len(self.text) if end < 0 else end + 1
            elif sign == '"':
                self.at += 1
                self.quoted('"')
            else:
                self.at += 2 if sign == "\\" else 1
                if sign == "}":
                    break
        self.depth -= 1
        return self.text[start : self.at]

    def _backticks(self) -> str:
        start = self.at
        match = _BACKTICKS.match(self.text, start + 1)
        self.at = match.end() if match else len(self.text)
        inner = re.sub(r"\\([`$\\\"])", r"\1", match[1]) if match else ""
        if inner and self.depth < DEPTH:
            type(self)(inner, self.script, self.parameters, self.depth + 1).read(is_inside=False)
        return self.text[start : self.at]

    def skip_arithmetic(self, start: int) -> bool:
        """Whether ``((…))`` opens at ``start``; then go behind it."""
        if not self.text.startswith("((", start):
            return False
        end = self.text.find("))", start + 2, start + _ARITHMETIC_CHARS)
        if end < 0:
            return False
        inner = self.text[start + 2 : end]
        missing = inner.count("(") - inner.count(")")
        if "\n" in inner or missing < 0 or self.text[end + 2 : end + 2 + missing] != ")" * missing:
            return False
        self.at = end + 2 + missing
        return True
