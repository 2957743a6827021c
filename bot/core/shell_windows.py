"""The commands in a line of PowerShell or cmd, found in a simple way: quotes and separators, no grammar."""

import re

_POWERSHELL = re.compile(
    r"""(?P<comment><\#.*?(?:\#>|\Z)|(?<![^\s;|(){}])\#[^\n]*)
    |(?P<separator>&&|\|\||[;|&(){}\n])
    |(?P<word>(?:'[^']*'?|"(?:[^"`]|`.)*"?|`.|[^\s;|&(){}'"`])+)""",
    re.VERBOSE | re.DOTALL,
)
_CMD = re.compile(
    r"""(?P<comment>(?<![^\s&|()])(?:rem\b|::)[^\n]*)
    |(?P<separator>&&|\|\||[|&()\n])
    |(?P<word>(?:"[^"\n]*"?|\^.|[^\s|&()"^])+)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_QUOTES = re.compile(r"['\"]|[`^](?=.)")

#: Stand before a command and are none.
_KEYWORDS = frozenset(
    {"if", "else", "elseif", "do", "while", "foreach", "try", "catch", "finally", "call", "start", "not"}
)


def read_powershell(text: str) -> list[list[str]]:
    """Read the commands of a PowerShell text, words without quotes. Never raises."""
    return _read(_POWERSHELL, text)


def read_cmd(text: str) -> list[list[str]]:
    """Read the commands of a line for cmd. Never raises."""
    return _read(_CMD, text)


def _read(pattern: re.Pattern[str], text: str) -> list[list[str]]:
    commands: list[list[str]] = [[]]
    for match in pattern.finditer(text):
        if match.lastgroup == "separator":
            commands.append([])
        elif match.lastgroup == "word":
            words = commands[-1]
            word = _QUOTES.sub("", match[0])
            if words or word.lower().lstrip("@") not in _KEYWORDS:
                words.append(word)
            if words[-1:] == ["="] and words[0].startswith("$"):
                words.clear()
    return [words for words in commands if words]
