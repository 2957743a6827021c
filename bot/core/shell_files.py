"""Files that a script writes and runs later, or puts where cron looks: what is in them, as far as the script says."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.core.paths import normalise

#: Of more files the later ones are not kept, nor what goes beyond this many characters of all of them.
_FILES = 32
_CHARS = 131_072

#: How often files are run, over all of them: one may run itself.
_READS = 64

_WITH_USER = re.compile(r"/etc/crontab|/etc/cron\.d/[^/]+")
_WITHOUT_USER = re.compile(r"/var/spool/cron/(?:crontabs/|tabs/)?[^/]+|/etc/crontabs/[^/]+")
_CRON_SCRIPT = re.compile(r"/etc/cron\.(?:hourly|daily|weekly|monthly)/[^/]+")
_TIME = re.compile(r"[\d*][\d*/,-]*")
_SETTING = re.compile(r"[A-Za-z_]\w*=")


class Location(NamedTuple):
    """Which file a path means: one of the node's, or one that only the container sees; in normal form."""

    is_nodes: bool
    path: str


#: From a path as written, whether it is used in the node's mount namespace, and the folder of a chroot.
Locate = Callable[[str, bool, str | None], Location]


def plainly(path: str, on_host: bool, root: str | None) -> Location:
    """Locate a file where no mount is known."""
    path = normalise(path) if path.startswith("/") else path.removeprefix("./")
    return Location(on_host, path if root is None else normalise(f"{root}/{path}"))


@dataclass(slots=True)
class Files:
    """What a script has written so far. ``index``: of the word of argv that wrote a file first."""

    locate: Locate = plainly
    texts: dict[Location, list[str]] = field(default_factory=dict)
    index: dict[Location, int] = field(default_factory=dict)
    left: int = _CHARS
    reads: int = _READS

    def write(self, location: Location, text: str, index: int, *, is_append: bool) -> None:
        """Keep what is written; a text that nobody knows ("") takes the place of an earlier one as well."""
        if not is_append:
            self.texts.pop(location, None)
        text = text[: self.left]
        if text and (location in self.texts or len(self.texts) < _FILES):
            self.left -= len(text)
            self.texts.setdefault(location, []).append(text)
            self.index.setdefault(location, index)

    def read(self, location: Location) -> str:
        """Return what is in a file, empty where the script did not write it, and behind the 64th reading."""
        parts = self.texts.get(location, ())
        self.reads -= bool(parts)
        return "\n".join(parts) if self.reads >= 0 else ""

    def cron_scripts(self) -> Iterator[tuple[Location, int, str]]:
        """Yield what cron runs of the files: where it stands, the index of its word, the script."""
        for location, parts in list(self.texts.items()):
            text = "\n".join(parts)
            if _WITH_USER.fullmatch(location.path):
                text = cron_commands(text, has_user=True)
            elif _WITHOUT_USER.fullmatch(location.path):
                text = cron_commands(text)
            elif not _CRON_SCRIPT.fullmatch(location.path):
                continue
            yield location, self.index[location], text


def cron_commands(text: str, *, has_user: bool = False) -> str:
    """Return the script of what a crontab runs; ``has_user``: its lines name a user in front of the command."""
    return "\n".join(filter(None, (_cron_command(line.strip(), has_user=has_user) for line in text.split("\n"))))


def _cron_command(line: str, *, has_user: bool) -> str:
    if _SETTING.match(line):
        return line
    n_times = 1 if line.startswith("@") else 5
    words = line.split(None, n_times + has_user)
    if len(words) <= n_times + has_user or (n_times > 1 and not all(map(_TIME.match, words[:2]))):
        return ""
    return (
        f"{{ {words[-1]}\n}}" if "exit" in words[-1] or "exec" in words[-1] else words[-1]
    )  # which ends one job, and not the others
