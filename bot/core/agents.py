"""Known agents as values: which image is which, and whether the version deployed needs Docker. Reads no data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from msgspec import Struct

from bot.core.versions import Version, parse

_PLAIN_TAG = re.compile(r"(?P<v>v?)[0-9]+\.[0-9]+(?P<patch>\.[0-9]+)?(?P<suffix>-[a-z][\w.-]*)?")


class AgentKind(StrEnum):
    """What an agent has to do with the runtime; see ``bot/data/agents.toml``."""

    RUNTIME = "runtime"
    LOGS = "logs"
    DOCKER = "docker"
    NEUTRAL = "neutral"


class Verdict(StrEnum):
    """Whether what is deployed works without Docker.

    READY: it does. OLD: this version does not. UNTOLD: it would, if it were told to. UNSURE: nobody can tell from the
    spec. NEVER: no version does.
    """

    READY = "ready"
    OLD = "old"
    UNTOLD = "untold"
    UNSURE = "unsure"
    NEVER = "never"


class Told(Struct, frozen=True):
    """A word that tells an agent which runtime to use: a variable of ``env``, or an option of ``args``.

    Args:
        name: the variable's, or a pattern of the whole option: ``--probe.cri(?:=true)?``.
        value: pattern of the whole value; None for an option without.
    """

    name: str
    is_env: bool
    value: re.Pattern[str] | None = None

    def says(self, env: Mapping[str, str | None], args: tuple[str, ...]) -> bool:
        """Whether a container is told so."""
        if self.is_env:
            return self.value is not None and self.value.fullmatch(env.get(self.name) or "") is not None
        for at, word in enumerate(args):
            if self.value is None:
                if re.fullmatch(self.name, word):
                    return True
                continue
            option, separator, value = word.partition("=")
            if option == self.name and self.value.fullmatch(value if separator else "".join(args[at + 1 : at + 2])):
                return True
        return False


class Change(Struct, frozen=True):
    """What in a container's ``env`` or ``args`` makes an agent work without Docker.

    Args:
        name: the variable's, or the whole option.
        old: the value that wants Docker; empty for an option without one.
        new: the value that does not; None: the option goes.
        new_name: of the option in its place, where it is another one.
        also_env: (name, value) of variables to set with it; also_args: options to put behind it.
    """

    name: str
    is_env: bool
    old: str = ""
    new: str | None = None
    new_name: str = ""
    also_env: tuple[tuple[str, str], ...] = ()
    also_args: tuple[str, ...] = ()


class Agent(Struct, frozen=True):
    """A known agent; the fields are explained in ``bot/data/agents.toml``."""

    id: str
    images: tuple[str, ...]
    kind: AgentKind
    since: Version | None = None
    tag: re.Pattern[str] | None = None
    told: tuple[Told, ...] = ()
    must_be_told: bool = False
    never_told: bool = False
    is_main: bool = False
    needs_socket: bool = False
    reads_logs: bool = False
    reads_docker_lines: bool = False
    topic: str | None = None
    changes: tuple[Change, ...] = ()
    takes_socket: bool = False
    keeps_suffix: bool = False

    @property
    def has_a_limit(self) -> bool:
        """Whether some versions or set-ups of it need Docker: then it is worth knowing that this one does not."""
        return self.since is not None or bool(self.told)

    @property
    def reads_container_logs(self) -> bool:
        """Whether container logs, in every format, are what it reads."""
        return self.kind is AgentKind.LOGS or self.reads_logs

    def judge(self, tag: str, env: Mapping[str, str | None], args: tuple[str, ...]) -> Verdict:
        """Return whether what is deployed works without Docker.

        Args:
            tag: of the image, empty for none.
            env: what the container is told; args: its command and args.
        """
        if self.kind is AgentKind.DOCKER:
            return Verdict.NEVER
        if self.never_told:
            return Verdict.UNSURE
        is_told = any(told.says(env, args) for told in self.told)
        if is_told and not self.must_be_told:
            return Verdict.READY
        version = self.version(tag)
        if self.since is not None and version is not None and version < self.since:
            return Verdict.OLD
        if self.must_be_told and not is_told:
            return Verdict.UNTOLD
        return Verdict.UNSURE if self.since is not None and version is None else Verdict.READY

    def first_image(self, image: str) -> str | None:
        """Return an image with the first version that needs no Docker in its tag, None where nobody can tell.

        A tag is changed only where it is a version and nothing else, or where tags of the agent end alike in each.
        """
        repository, colon, tag = image.rpartition(":")
        found = _PLAIN_TAG.fullmatch(tag)
        if self.since is None or self.tag is not None or not colon or "@" in image or found is None:
            return None
        if found["suffix"] and not self.keeps_suffix:
            return None
        numbers = [str(number) for number in self.since][: 2 + bool(found["patch"])]
        return f"{repository}:{found['v']}{'.'.join(numbers)}{found['suffix'] or ''}"

    def version(self, tag: str) -> Version | None:
        """Return the version that a tag names, None where it names none."""
        if self.tag is not None and (found := self.tag.search(tag)):
            tag = found[1]
        return parse(tag)


@dataclass(frozen=True, slots=True)
class Agents:
    """All known agents, found by image."""

    known: tuple[Agent, ...] = ()
    _by_name: Mapping[str, tuple[tuple[str, Agent], ...]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        by_name: dict[str, tuple[tuple[str, Agent], ...]] = {}
        for agent in self.known:
            for image in agent.images:
                name = image.rpartition("/")[2]
                by_name[name] = (*by_name.get(name, ()), (image, agent))
        object.__setattr__(self, "_by_name", by_name)

    def find(self, repository: str) -> Agent | None:
        """Return the agent whose image has that repository, None for an image that is none's."""
        for image, agent in self._by_name.get(repository.rpartition("/")[2], ()):
            if repository == image or repository.endswith(f"/{image}"):
                return agent
        return None
