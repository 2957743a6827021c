"""Exceptions: findings that somebody accepted until a day, and what a view looks like with them. Pure.

Called Acceptance in code, since Python means something else by Exception.
"""

import bisect
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from bot.core.rules import Evident
from bot.core.view import ClusterView, Excepted, Voided, Workload
from bot.core.workloads import WorkloadKey

#: For how long an exception can be made: whoever accepts for longer decides anew each year.
LONGEST = timedelta(days=366)

#: Longest reason, in characters; what is longer is refused, in an order as in a file.
REASON_CHARS = 500

#: What the fingerprint of version 1 of it begins with: a later release may look at more of a spec.
_VERSION = "v1:"

#: What of a field's path says in which object it stands and which of several it is, and not what it says.
_PLACE = re.compile(r"^(?:.*\.)?spec\.|\[\d+\]")


class Acceptance(Struct, frozen=True):
    """The findings of one code of one workload, accepted.

    Args:
        key: the workload.
        reason: why, in somebody's words; by: Slack id of who accepted, empty once that person was forgotten.
        until: the last day on which it holds, in UTC.
        fingerprint: of what was found when it was accepted, see `fingerprint`.
        voided_at: when it was seen that something else is found now; it does not hold again after that.
    """

    key: WorkloadKey
    code: str
    reason: str
    by: str
    until: date
    made_at: datetime
    fingerprint: str
    voided_at: datetime | None = None

    @property
    def subject(self) -> str:
        """``namespace/Kind/name code``: what is accepted, as an order names it."""
        return f"{self.key.full_name} {self.code}"

    @property
    def sort_key(self) -> tuple[str, str, str, str, str]:
        """By namespace, kind, name and code."""
        return (self.key.namespace, self.key.kind, self.key.name, self.key.group, self.code)


class DayProblem(StrEnum):
    """Why a day cannot be the last of a new exception: it is over, or further away than `LONGEST`."""

    PAST = "past"
    LATE = "late"


class State(StrEnum):
    """What an exception does today. ``missing``: no such workload is seen; ``fixed``: none of such findings on it."""

    HOLDS = "holds"
    EXPIRED = "expired"
    VOID = "void"
    MISSING = "missing"
    FIXED = "fixed"


class Standing(Struct, frozen=True):
    """An exception, and what it does today."""

    acceptance: Acceptance
    state: State


def day_problem(until: date, today: date) -> DayProblem | None:
    """Return why no exception can be made until a day, seen from a UTC day; None where one can."""
    if until < today:
        return DayProblem.PAST
    return DayProblem.LATE if until - today > LONGEST else None


def fingerprint(workload: Workload, code: str) -> str | None:
    """Return what tells whether the findings of a code are still those that were accepted; None where there are none.

    It is made of what the detector saw: severity, reason, fields (without the number in a list, which moves when
    something else is added), values, containers with their images, mounts and what they run, and the volume behind a
    claim. A live pod and its template, a manifest in a file and the same in a cluster have one fingerprint; replicas,
    labels and resources are not in it. What a webhook puts into live pods is looked at only where the template has
    nothing of the code: pods come and go, and an exception is void for good.
    """
    findings = [finding for finding in workload.findings if finding.code == code]
    own = [finding for finding in findings if finding.in_template]
    seen = sorted(
        [
            str(finding.severity),
            finding.reason,
            _PLACE.sub("", finding.field),
            finding.value,
            sorted(finding.containers),
            sorted(finding.images),
            finding.persistent_volume or "",
            finding.run,
            _mounted(finding.volume),
        ]
        for finding in own or findings
    )
    if not seen:
        return None
    return _VERSION + hashlib.sha256(json.dumps(seen, ensure_ascii=True).encode()).hexdigest()[:32]


def _mounted(volume: Evident | None) -> list[list[str]]:
    return [[volume.host_type], *sorted([mount.path, mount.sub_path] for mount in volume.mounts)] if volume else []


def standings(view: ClusterView, accepted: Iterable[Acceptance], today: date) -> tuple[Standing, ...]:
    """Return what each exception does on a UTC day, by namespace, kind, name and code."""
    wanted = sorted(accepted, key=lambda each: each.sort_key)
    keys = {each.key for each in wanted}
    workloads = {workload.key: workload for workload in view.workloads if workload.key in keys}
    return tuple(Standing(each, _state(each, workloads.get(each.key), today)) for each in wanted)


def overlay(view: ClusterView, accepted: Iterable[Acceptance], today: date) -> ClusterView:
    """Return the view with what holds today laid over its findings, workloads worst first; itself where nothing does.

    What would hold until today, were not something else found now, is noted with the workload, which counts.
    Pods are counted as they were: what a workload has exposed does not change by somebody's acceptance.
    """
    laid: dict[WorkloadKey, list[Standing]] = {}
    for standing in standings(view, accepted, today):
        if standing.state is State.HOLDS or (standing.state is State.VOID and standing.acceptance.until >= today):
            laid.setdefault(standing.acceptance.key, []).append(standing)
    if not laid:
        return view
    workloads = [workload for workload in view.workloads if workload.key not in laid]
    for workload in view.workloads:
        if workload.key in laid:  # put in where it belongs: to sort 40,000 anew would cost an answer a second
            bisect.insort(workloads, _excepted(workload, laid[workload.key]), key=lambda each: each.sort_key)
    return replace(view, workloads=tuple(workloads))


def newly_void(found: Sequence[Standing], as_of: datetime) -> tuple[Acceptance, ...]:
    """Return the exceptions of which it was not noted yet that something else is found now.

    Args:
        as_of: when the cluster was read: an exception made after that, on a newer read, says nothing about this one.
    """
    return tuple(
        standing.acceptance
        for standing in found
        if standing.state is State.VOID
        and standing.acceptance.voided_at is None
        and standing.acceptance.made_at < as_of
    )


def _state(acceptance: Acceptance, workload: Workload | None, today: date) -> State:
    if acceptance.voided_at is not None:
        return State.VOID
    if today > acceptance.until:
        return State.EXPIRED
    if workload is None:
        return State.MISSING
    if not any(finding.is_listed for finding in workload.findings if finding.code == acceptance.code):
        return State.FIXED
    return State.HOLDS if fingerprint(workload, acceptance.code) == acceptance.fingerprint else State.VOID


def _excepted(workload: Workload, laid: Sequence[Standing]) -> Workload:
    holding = {each.acceptance.code: each.acceptance for each in laid if each.state is State.HOLDS}
    found = {finding.code for finding in workload.findings if finding.is_listed}
    voided = tuple(
        Voided(each.acceptance.code, each.acceptance.until, each.acceptance.voided_at)
        for each in laid
        if each.state is State.VOID and each.acceptance.code in found
    )
    findings = tuple(
        replace(finding, excepted=_excepted_by(holding[finding.code]) if finding.code in holding else None)
        for finding in workload.findings
    )
    excepted = replace(workload, findings=findings, voided=voided)
    if workload.is_at_risk and excepted.is_to_check:
        # Of a workload to check all running pods count, wherever they are.
        excepted = replace(excepted, nodes=workload.placed)
    return excepted


def _excepted_by(acceptance: Acceptance) -> Excepted:
    return Excepted(acceptance.reason, acceptance.by, acceptance.until)
