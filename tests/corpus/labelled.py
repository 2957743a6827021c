"""The labelled corpus: what a case file holds, and how it is read.

A file of ``cases/`` is a stream of YAML documents. A document with an ``id`` opens a case; the documents up to the next
one are its manifests, as a cluster would hold them::

    id: docker-socket-build-agent       # unique over all files
    title: one line
    source: "after <chart or agent, version, field>; own words", or "made up: <why>"
    label:
      Deployment ci/agent:              # Kind namespace/name of the workload a user would name
        risk: at-risk                   # at-risk, check or none; a list where facts leave it open
        findings: {docker-socket: blocker}
        never: [dind]
        may: [known-agent]

``findings`` names every code expected above ``info``, each at its worst severity in this workload, and those of
``info`` that matter. A list of severities says that the facts leave it open between them (``B/S``). ``never``: codes of
which a finding of any severity is a false alarm. ``may``: codes that are neither wanted nor wrong here. A workload that
no label names is of no risk. Labels follow the facts that the data files cite, not what the program answers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.core.rules import Severity

CASES = Path(__file__).parent / "cases"
HELD_OUT = Path(__file__).parent / "held_out"

RISKS = ("at-risk", "check", "none")

#: Every code that labels may name: the rule codes of DESIGN section 3. Public: never rename or reuse one.
CODES = (
    "docker-socket",
    "dockershim-socket",
    "cri-dockerd-socket",
    "socket-parent-dir",
    "docker-data",
    "docker-logs",
    "docker-config",
    "docker-binary",
    "docker-host-env",
    "docker-cli",
    "docker-service",
    "runtime-setting",
    "docker-log-parser",
    "dind",
    "known-agent",
    "runtime-class",
    "apparmor-profile",
    "gpu-runtime",
    "docker-bridge",
)

#: Codes whose worst severity is ``info``: a label at ``info`` is what they are for, not a look-alike.
INFO_CODES = frozenset({"dind"})

#: The codes that must be right without exception.
SOCKET_RULES = ("docker-socket", "dockershim-socket", "cri-dockerd-socket")

JsonObject = dict[str, Any]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KEYS = {"id", "title", "source", "label"}
_LABEL_KEYS = {"risk", "findings", "never", "may"}


@dataclass(frozen=True)
class Label:
    """What is right for one workload. ``risks``, and the severities of a code: each of them is right."""

    risks: tuple[str, ...]
    findings: Mapping[str, tuple[Severity, ...]]
    never: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()

    @property
    def is_at_risk(self) -> bool:
        """Whether the workload breaks or degrades; open labels never straddle this line."""
        return "at-risk" in self.risks

    def is_positive(self, code: str) -> bool:
        """Whether the workload is an example of the rule at work."""
        wanted = self.findings.get(code, ())
        return bool(wanted) and (code in INFO_CODES or Severity.INFO not in wanted)

    def is_look_alike(self, code: str) -> bool:
        """Whether the workload only looks like one: nothing to find, or no more than worth knowing."""
        return code in self.never or (code in self.findings and not self.is_positive(code))


@dataclass(frozen=True)
class Case:
    """One case. ``labels``: by ``Kind namespace/name``; ``objects``: its manifests in order."""

    id: str
    title: str
    source: str
    labels: Mapping[str, Label]
    objects: tuple[JsonObject, ...]
    file: str


def cases(folder: Path = CASES) -> Iterator[Case]:
    """Yield every case, in the order of the files' names.

    Raises: ValueError: a file is not of this form; names the file and the case.
    """
    for path in sorted(folder.glob("*.yaml")):
        header: JsonObject | None = None
        objects: list[JsonObject] = []
        for document in yaml.load_all(path.read_text(encoding="utf-8"), Loader=_LOADER):
            if not isinstance(document, dict):
                raise ValueError(f"{path.name}: a document is {type(document).__name__}, not a mapping")
            if "id" in document:
                if header is not None:
                    yield _case(path.name, header, objects)
                header, objects = document, []
            elif header is None:
                raise ValueError(f"{path.name}: a manifest stands before the first case")
            else:
                objects.append(document)
        if header is not None:
            yield _case(path.name, header, objects)


def _case(file: str, header: JsonObject, objects: list[JsonObject]) -> Case:
    where = f"{file}: {header['id']}"
    if set(header) != _KEYS:
        raise ValueError(f"{where}: expected {sorted(_KEYS)}, got {sorted(header)}")
    labels = {key: _label(f"{where}: {key}", raw) for key, raw in header["label"].items()}
    return Case(header["id"], header["title"], header["source"], labels, tuple(objects), file)


def _label(where: str, raw: JsonObject) -> Label:
    if unknown := set(raw) - _LABEL_KEYS:
        raise ValueError(f"{where}: no such key {sorted(unknown)}")
    found = {code: tuple(map(Severity, _listed(severities))) for code, severities in raw.get("findings", {}).items()}
    label = Label(_listed(raw["risk"]), found, frozenset(raw.get("never", ())), frozenset(raw.get("may", ())))
    if wrong := (set(label.risks) - set(RISKS)) or ({*found, *label.never, *label.may} - set(CODES)):
        raise ValueError(f"{where}: no such risk or code {sorted(wrong)}")
    return label


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else (value,)
