"""The JSON of the contracts: ``unshim.answer/v1`` and ``unshim.scan/v1``."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from bot.core.blind import Blind
from bot.core.placing import Place
from bot.core.questions import KINDS, Question
from bot.core.rules import Severity
from bot.core.seen import Seen
from bot.core.understand import Understood
from bot.core.view import ClusterView, Finding, Pool, Workload
from bot.core.workloads import WorkloadKey
from bot.render.document import Line, Name, Text
from bot.render.messages import Catalogue
from bot.render.parts import gap_why

ANSWER_SCHEMA = "unshim.answer/v1"
SCAN_SCHEMA = "unshim.scan/v1"


def answer_data(
    understood: Understood, answer_text: str, answer: Any, catalogue: Catalogue, also: Sequence[Any] = ()
) -> dict[str, Any]:
    """Return ``ask --json``: what was understood and how, what a reader sees, and the facts behind it.

    Args:
        also: the answers to the other questions of a message that asks several; they get a key of their own.
    """
    others = [
        {"question": question_data(question), "data": _plain(other, catalogue)}
        for question, other in zip(understood.also, also, strict=True)
    ]
    return {
        "schema": ANSWER_SCHEMA,
        "question": question_data(understood.question),
        "answer": answer_text,
        "data": _plain(answer, catalogue),
        **({"also": others} if others else {}),
        "understood": {
            "by": understood.by,
            "confidence": round(understood.confidence, 3),
            "readings": [{"label": r.label, "probability": round(r.probability, 3)} for r in understood.readings],
            "names": [{"what": entity.what, "name": entity.name} for entity in understood.names],
            "evidence": list(understood.evidence),
        },
    }


def question_data(question: Question) -> dict[str, Any]:
    """Return a question as its kind and parameters."""
    return {"kind": KINDS[type(question)], **{key: _plain(value, None) for key, value in asdict(question).items()}}


def scan_data(view: ClusterView, workloads: tuple[Workload, ...], catalogue: Catalogue) -> dict[str, Any]:
    """Return ``scan -o json``. ``workloads`` are those to list; by their worst finding here, excepted or not."""
    return {
        "schema": SCAN_SCHEMA,
        "as_of": _time(view.as_of),
        "cluster": {"name": view.name, "version": view.version, "provider": view.provider},
        "coverage": {
            "complete": view.is_complete,
            "gaps": [
                {"what": gap.what, "why": raw(gap_why(catalogue, gap)), **_placed(gap.place)} for gap in view.gaps
            ],
        },
        "nodes": {
            "total": len(view.nodes),
            "by_runtime": {str(runtime): count for runtime, count in view.by_runtime.items()},
            "pools": [_pool(pool) for pool in view.pools],
        },
        "workloads": [workload_data(workload, catalogue) for workload in sorted(workloads, key=_worst_first)],
    }


def workload_data(workload: Workload, catalogue: Catalogue) -> dict[str, Any]:
    """Return one workload as the scan lists it."""
    return {
        "kind": workload.key.kind,
        "namespace": workload.key.namespace,
        "name": workload.key.name,
        "severity": str(workload.worst) if workload.worst else None,
        "owner": workload.owner.name if workload.owner else None,
        "pods": workload.pods.total,
        "pods_exposed": workload.pods.exposed,
        "excepted": workload.is_excepted,
        **_placed(workload.place),
        "findings": [_finding(finding, catalogue) for finding in workload.findings],
    }


def _worst_first(workload: Workload) -> tuple[int, str, str, str, str]:
    rank = workload.worst.rank if workload.worst else len(Severity)
    return (rank, workload.key.namespace, workload.key.kind, workload.key.name, workload.key.group)


def raw(line: Line) -> str:
    """Return a line as a string for JSON, names as they are: JSON escapes them itself."""
    return "".join(segment.text for segment in line if isinstance(segment, (Text, Name)))


def _finding(finding: Finding, catalogue: Catalogue) -> dict[str, Any]:
    why = catalogue.say(f"why.{finding.reason}")
    if finding.persistent_volume:
        why = (*why, Text(" "), *catalogue.say("why.through", volume=finding.persistent_volume))
    found = finding.excepted
    excepted = {"reason": found.reason, "by": found.by, "until": found.until.isoformat()} if found else None
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "grade": str(finding.grade),
        "field": finding.field,
        "value": finding.value,
        "containers": list(finding.containers),
        "why": raw(why),
        "guide": finding.guide,
        "excepted": excepted,
        **_placed(finding.place),
    }


def _placed(place: Place | None) -> dict[str, Any]:
    """Return the file and line of what stands in one; what was read of a cluster has no such keys."""
    return {"file": place.file, "line": place.line} if place else {}


def _pool(pool: Pool) -> dict[str, Any]:
    return {
        "name": pool.name,
        "total": pool.total,
        "by_runtime": {str(runtime): count for runtime, count in pool.by_runtime.items()},
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _span(blind: Blind) -> dict[str, Any]:
    return {"since": blind.since, "until": blind.until, "kinds": blind.kinds}


def _plain(value: Any, catalogue: Catalogue | None) -> Any:
    """Return an answer's value as JSON types: structs by field, dates in ISO 8601."""
    if isinstance(value, Workload) and catalogue is not None:
        return workload_data(value, catalogue)
    if isinstance(value, Pool):
        return _pool(value)
    if isinstance(value, WorkloadKey):
        return value._asdict()
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, Seen):  # what changed meanwhile is the answer to another question
        value = {**asdict(value), "blind": _span(value.blind) if value.blind else None}
    if isinstance(value, Struct):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item, catalogue) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, catalogue) for item in value]
    if isinstance(value, datetime):
        return _time(value)
    return value.isoformat() if isinstance(value, date) else value
