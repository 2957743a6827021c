"""Workloads of whose findings some are accepted: each answer that names such a finding says so of it."""

from datetime import UTC, date, datetime
from functools import cache

import pytest
from msgspec.structs import replace

from bot.core.exceptions import Acceptance, fingerprint, overlay
from bot.core.view import ClusterView
from tests.factories import make_dependents, make_deployment, make_node
from tests.unit.clusters import AS_OF, named, text_of, view_of

SOCKET, DATA = {"/var/run/docker.sock": "/s"}, {"/var/lib/docker": "/d"}
UNTIL = date(2027, 1, 31)
MADE = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAYS = {"en": "excepted", "ko": "예외"}


@cache
def bare() -> ClusterView:
    """Return a Docker node with both (two findings), web and legacy (one each)."""
    every = [
        make_deployment("both", namespace="data", host_paths={**SOCKET, **DATA}),
        make_deployment("legacy", namespace="web", host_paths=SOCKET),
        make_deployment("web", namespace="web", host_paths=SOCKET),
    ]
    parts = [[each, *make_dependents(each, ["general-1"])] for each in every]
    return view_of(make_node("general-1", runtime="docker://20.10.24"), *parts)


def accepted(name: str, code: str) -> Acceptance:
    workload = named(bare(), name)
    seen = fingerprint(workload, code)
    assert seen is not None
    return Acceptance(workload.key, code, "vendor fix in January", "U0ALICE", UNTIL, MADE, seen)


@cache
def in_part() -> ClusterView:
    """Return it with the socket of both and of legacy accepted; what else both has still counts."""
    return overlay(bare(), (accepted("both", "docker-socket"), accepted("legacy", "docker-socket")), AS_OF.date())


def test_by_a_code_that_is_accepted_of_it_a_workload_is_not_at_risk() -> None:
    said = text_of(in_part(), "pods code=docker-socket")
    assert said.splitlines()[0] == (
        "Only finding docker-socket: 1 workload at risk, "
        "2 excepted: data/both (until 2027-01-31), web/legacy (until 2027-01-31)."
    )
    assert "excepted, blocker  data/Deployment/both" in said
    assert "At risk all the same, by what else was found: data/both." in said
    first = text_of(in_part(), "pods code=docker-data").splitlines()[0]
    assert first == "Only finding docker-data: 1 workload at risk."
    korean = text_of(in_part(), "pods code=docker-socket", "ko")
    assert "예외 2개: data/both(2027-01-31까지), web/legacy(2027-01-31까지)" in korean.splitlines()[0]
    assert "다른 항목 때문에 여전히 위험: data/both" in korean


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "docker-socket (excepted until 2027-01-31)"), ("ko", "docker-socket(2027-01-31까지 예외)")],
)
@pytest.mark.parametrize("question", ["pods", "pods data", "pods code=docker-data"])
def test_lists_say_of_each_finding_whether_it_is_accepted(question: str, language: str, shown: str) -> None:
    [row] = [line for line in text_of(in_part(), question, language).splitlines() if "data/Deployment/both" in line][:1]
    assert shown in row
    assert "docker-data" in row


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_topic_says_it_of_the_finding_it_is_about(language: str) -> None:
    said = text_of(in_part(), "faq socket-mount-runs-fine", language)
    [note] = [line for line in said.splitlines() if "data/both" in line]
    assert note.count(SAYS[language]) == 2


@cache
def void() -> ClusterView:
    """Return it with an exception of legacy that was voided, and one of web of which nobody noted it yet."""
    noted = replace(accepted("legacy", "docker-socket"), voided_at=AS_OF)
    other = replace(accepted("web", "docker-socket"), fingerprint="v1:other")
    gone = replace(accepted("legacy", "docker-socket"), code="docker-data", voided_at=AS_OF)
    over = replace(accepted("both", "docker-data"), until=date(2026, 11, 22), voided_at=AS_OF)
    return overlay(bare(), (noted, other, gone, over), AS_OF.date())


def test_of_a_voided_exception_the_workload_says_so_and_counts() -> None:
    said = text_of(void(), "explain web/legacy")
    assert said.splitlines()[0].startswith("web/Deployment/legacy is at risk")
    assert (
        "The exception for docker-socket until 2027-01-31 was voided on 2026-11-23: something else was found than was "
        "accepted. It counts again." in said
    )
    assert "docker-data" not in said
    assert "does not hold: something else is found now" in text_of(void(), "explain web/web")
    assert "void" not in text_of(void(), "explain data/both")
    korean = text_of(void(), "explain web/legacy", "ko")
    assert "2027-01-31까지였던 docker-socket 예외는 2026-11-23에 무효가 되었습니다" in korean


@pytest.mark.parametrize("question", ["status", "pods", "pods web", "pods code=docker-socket"])
def test_voided_exceptions_are_counted(question: str) -> None:
    shown = "2 exceptions void, since something else was found than was accepted: web/legacy, web/web."
    assert shown in text_of(void(), question)
    assert "무효가 된 예외 2개" in text_of(void(), question, "ko")


def test_where_none_is_void_nothing_is_said_of_it() -> None:
    assert "void" not in text_of(in_part(), "status") + text_of(void(), "pods code=docker-data")
