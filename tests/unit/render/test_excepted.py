"""What is excepted, in every answer that counts what is at risk, in both languages: named beside, never left out."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from msgspec.structs import replace

from bot.core.buttons import Asked
from bot.core.exceptions import Acceptance, Standing, State, fingerprint, overlay, standings
from bot.core.questions import Home
from bot.core.seen import Seen
from bot.core.snapshot import Cause, Gap
from bot.core.subscriptions import EVERYTHING, Scope, ScopeKind
from bot.core.view import ClusterView
from bot.core.workloads import WorkloadKey
from bot.render.blocks import to_message
from bot.render.compose import compose
from bot.render.csv_ import workloads_csv
from bot.render.data import scan_data
from bot.render.document import Document
from bot.render.parts import MESSAGE, SLACK, TERMINAL
from bot.render.text import to_text
from bot.render.views import digest, exceptions, reminder
from bot.render.views.scan import compose as compose_scan
from bot.service import Service
from bot.service.posts import Digest, Reminder, Told
from tests.factories import make_daemonset, make_dependents, make_deployment, make_node
from tests.unit.clusters import AS_OF, _Seen, catalogue, known, named, service, text_of, view_of
from tests.unit.conftest import Golden

SOCKET, DATA, PARENT = {"/var/run/docker.sock": "/s"}, {"/var/lib/docker": "/d"}, {"/var/run": "/r"}
UNTIL = date(2027, 1, 31)
MADE = datetime(2026, 11, 20, 12, tzinfo=UTC)
LANGUAGES = ("en", "ko")


@cache
def bare() -> ClusterView:
    """Return a Docker node with workloads: legacy and odd (accepted below), web (at risk), shell (to check)."""
    legacy = make_deployment("legacy", namespace="web", host_paths=SOCKET, labels={"team": "store"})
    web = make_deployment("web", namespace="web", host_paths=SOCKET)
    shell = make_deployment("shell", namespace="web", host_paths=PARENT)
    odd = make_daemonset("odd", namespace="ops", host_paths=PARENT)
    parts = [
        [workload, *make_dependents(workload, ["general-1", "general-1"])] for workload in (legacy, web, shell, odd)
    ]
    node = make_node("general-1", runtime="docker://20.10.24", labels={"agentpool": "general"})
    return view_of(node, make_node("general-2", labels={"agentpool": "general"}), *parts)


def accepted(view: ClusterView, name: str, code: str) -> Acceptance:
    workload = named(view, name)
    seen = fingerprint(workload, code)
    assert seen is not None
    return Acceptance(workload.key, code, "vendor fix in January", "U0ALICE", UNTIL, MADE, seen)


@cache
def mixed() -> ClusterView:
    """Return it with legacy and odd excepted: 1 at risk, 1 to check, 2 excepted."""
    view = bare()
    both = (accepted(view, "legacy", "docker-socket"), accepted(view, "odd", "socket-parent-dir"))
    return overlay(view, both, AS_OF.date())


@cache
def alone() -> ClusterView:
    """Return a cluster in which all that is at risk is excepted."""
    view = bare()
    view = replace(view, workloads=tuple(w for w in view.workloads if w.key.name == "legacy"))
    return overlay(view, (accepted(view, "legacy", "docker-socket"),), AS_OF.date())


#: Every question that counts what is at risk, of the whole cluster, of a part, and of the workload.
QUESTIONS = [
    "status",
    "status general",
    "pods",
    "pods web",
    "pods pool=general",
    "pods code=docker-socket",
    "progress",
    "progress general",
    "safe",
    "safe web",
    "safe general",
    "safe general-1",
    "safe web/legacy",
    "count at-risk",
    "count exposed",
    "count owners",
    "count namespaces",
    "owners",
    "owners web",
    "owners web/legacy",
    "drain general-1",
    "node-state general-1",
    "explain general-1",
    "explain web/legacy",
    "where web/legacy",
    "trend",
    "changes",
    "faq which-pods-at-risk",
    "export",
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("view", [mixed, alone])
def test_what_is_excepted_is_named_with_its_day(view: object, question: str, language: str) -> None:
    said = text_of(view(), question, language)  # type: ignore[operator]
    assert "legacy" in said
    assert "2027-01-31" in said
    assert {"en": "except", "ko": "예외"}[language] in said.lower()


def test_the_sentence_counts_three_states() -> None:
    first = text_of(mixed(), "pods").splitlines()[0]
    assert first == (
        "In the whole cluster: 1 workload at risk, 1 to check: web/shell, "
        "2 excepted: web/legacy (until 2027-01-31), ops/odd (until 2027-01-31)."
    )
    first = text_of(mixed(), "pods", "ko").splitlines()[0]
    assert first == (
        "클러스터 전체: 위험 워크로드 1개. 확인 필요 1개: web/shell. "
        "예외 2개: web/legacy(2027-01-31까지), ops/odd(2027-01-31까지)."
    )
    first = text_of(alone(), "pods").splitlines()[0]
    assert first.startswith("In the whole cluster: nothing else at risk found, 1 excepted: web/legacy")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "question",
    [
        "count at-risk",
        "count at-risk namespace=web",
        "count exposed",
        "count owners",
        "owners",
        "owners web",
        "status",
        "pods web",
    ],
)
def test_what_is_to_check_is_named_beside_what_is_at_risk(question: str, language: str) -> None:
    said = text_of(mixed(), question, language)
    shown = {"en": r"1 (workload )?to check: web/shell", "ko": r"확인 필요 (워크로드 )?1개: web/shell"}[language]
    assert re.search(shown, said)


def test_where_something_is_to_check_nobody_is_told_that_nobody_has_to_act() -> None:
    view = replace(bare(), workloads=tuple(w for w in bare().workloads if w.key.name == "shell"))
    assert text_of(view, "owners").splitlines()[0] == (
        "In the whole cluster: nothing at risk found, 1 to check: web/shell."
    )


def test_what_is_excepted_is_in_no_figure() -> None:
    with_it, without = text_of(mixed(), "status"), text_of(bare(), "status")
    assert "2 workloads at risk" in without
    assert "1 workload at risk" in with_it
    assert "4 pods exposed" in without
    assert "2 pods exposed" in with_it


@pytest.mark.parametrize("question", ["safe", "safe web/legacy", "safe general", "safe web"])
def test_what_is_accepted_is_not_called_safe(question: str) -> None:
    said = text_of(alone(), question)
    assert "Safe as far" not in said
    assert "It has moved already" not in said


def test_explain_says_who_accepted_it_why_and_until_when() -> None:
    said = text_of(mixed(), "explain web/legacy")
    assert said.splitlines()[0] == (
        "web/Deployment/legacy is excepted until 2027-01-31, so it is not counted. Without that: blocker, certain; "
        "it stops working when its node leaves Docker."
    )
    assert "until 2027-01-31 (UTC), by U0ALICE: vendor fix in January" in said
    assert "2 exposed" in said


def test_a_workload_with_an_exception_and_another_finding_is_at_risk_by_that() -> None:
    view = view_of(make_deployment("web", host_paths={**SOCKET, **DATA}))
    over = overlay(view, (accepted(view, "web", "docker-socket"),), AS_OF.date())
    assert "is at risk (degraded, likely)" in text_of(over, "explain web")
    assert "excepted:" not in text_of(over, "pods").splitlines()[0]
    assert "(docker-data)" in text_of(over, "safe web").splitlines()[0]


def test_what_is_left_to_check_beside_an_accepted_dockershim_is_what_is_said() -> None:
    view = view_of(
        make_node(runtime="docker://20.10.24", kubelet="v1.24.17"),
        make_daemonset("agent", host_paths={"/var/run/dockershim.sock": "/s", **PARENT}),
        *make_dependents(make_daemonset("agent", host_paths={"/var/run/dockershim.sock": "/s", **PARENT}), ["node-1"]),
    )
    over = overlay(view, (accepted(view, "agent", "dockershim-socket"),), AS_OF.date())
    assert text_of(over, "safe agent").startswith("A person has to check kube-system/DaemonSet/agent")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_home_and_the_scan_name_it(language: str) -> None:
    said = to_text(compose(service(mixed()).ask(Home(("web", "ops")), language), catalogue(language), SLACK))
    assert said.count("2027-01-31") >= 3
    view = mixed()
    said = to_text(compose_scan(view, view.with_findings, catalogue(language)))
    assert "legacy" in said.splitlines()[0]
    assert {"en": "excepted, blocker", "ko": "예외(중단 위험)"}[language] in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "scope", [EVERYTHING, Scope(ScopeKind.NAMESPACES, ("web",))], ids=lambda scope: str(scope.kind)
)
def test_the_digest_names_it_and_is_not_done(scope: Scope, language: str) -> None:
    answer, _ = service(alone()).digest(Digest(scope), language)
    assert not answer.is_done
    said = to_text(digest.compose(answer, catalogue(language), SLACK))
    assert "legacy" in said.splitlines()[0]
    assert "2027-01-31" in said.splitlines()[0]


def of_removal(view: ClusterView) -> Service:
    """Return the service with one date: the removal of dockershim, as if it were to come."""
    removal = next(each for each in known().calendar if each.id == "kubernetes-1.24")
    calendar = (replace(removal, day=AS_OF.date() + timedelta(days=30)),)
    return Service(_Seen(view), known(), today=AS_OF.date, now=lambda: AS_OF, calendar=lambda: calendar)


def test_a_reminder_of_a_scope_with_nothing_but_exceptions_has_no_date_left() -> None:
    asked = Reminder(("kubernetes-1.24",), Scope(ScopeKind.NAMESPACES, ("web",)))
    counted = replace(alone(), workloads=tuple(w for w in bare().workloads if w.key.name == "legacy"))
    assert len(of_removal(counted).reminder(asked, "en").dates) == 1
    assert not of_removal(alone()).reminder(asked, "en").dates
    (date_,) = of_removal(mixed()).reminder(asked, "en").dates
    assert [w.key.name for w in date_.workloads] == ["web", "shell"]
    assert [w.key.name for w in date_.excepted] == ["legacy"]
    said = to_text(reminder.compose(of_removal(mixed()).reminder(asked, "en"), catalogue("en"), SLACK))
    assert "excepted, and so not counted: web/legacy (until 2027-01-31)" in said


def test_what_is_accepted_does_not_make_a_reminder_done() -> None:
    scope = Scope(ScopeKind.NAMESPACES, ("web",))
    told = Told(("kubernetes-1.24",), scope, AS_OF.date(), AS_OF, "UTC")
    fixed = replace(alone(), workloads=())
    assert of_removal(fixed).done(told, "en") is not None
    assert of_removal(alone()).done(told, "en") is None


def test_dates_count_it_beside_what_they_concern() -> None:
    said = text_of(mixed(), "milestones")
    assert "excepted)" in said


def test_the_json_says_it_of_each_finding_and_of_the_workload_that_has_no_other() -> None:
    view = view_of(
        make_deployment("all", host_paths=SOCKET, image="docker:dind"),
        make_deployment("some", host_paths={**SOCKET, **DATA}),
    )
    both = (accepted(view, "all", "docker-socket"), accepted(view, "some", "docker-socket"))
    over = overlay(view, both, AS_OF.date())
    data = {each["name"]: each for each in scan_data(over, over.with_findings, catalogue("en"))["workloads"]}
    whole, some = data["all"], data["some"]
    assert (whole["excepted"], whole["severity"], some["excepted"], some["severity"]) == (
        True,
        "blocker",
        False,
        "blocker",
    )
    expected = {"reason": "vendor fix in January", "by": "U0ALICE", "until": "2027-01-31"}
    assert {finding["code"]: finding["excepted"] for finding in whole["findings"]} == {
        "docker-socket": expected,
        "dind": None,
    }
    assert {finding["code"]: finding["excepted"] for finding in some["findings"]} == {
        "docker-socket": expected,
        "docker-data": None,
    }


def test_the_json_is_worst_first_by_every_finding() -> None:
    view = view_of(make_deployment("a", host_paths={**SOCKET, **DATA}), make_deployment("b", host_paths=DATA))
    over = overlay(view, (accepted(view, "a", "docker-socket"),), AS_OF.date())
    listed = scan_data(over, tuple(reversed(over.with_findings)), catalogue("en"))["workloads"]
    assert [each["name"] for each in listed] == ["a", "b"]


def test_the_csv_says_it() -> None:
    view = mixed()
    rows = list(csv.DictReader(io.StringIO(workloads_csv(view.with_findings, service(view).seen(view)))))
    found = {row["name"]: row for row in rows}
    told = ("excepted", "excepted_until", "excepted_by", "excepted_reason")
    assert [found["legacy"][name] for name in told] == ["true", "2027-01-31", "U0ALICE", "vendor fix in January"]
    assert [found["web"][name] for name in told] == ["false", "", "", ""]


HOSTILE = "*bold* <!channel> `x` \x1b[2J =cmd|x \u202e"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reason_can_do_nothing_to_a_surface(language: str) -> None:
    view = bare()
    one = replace(accepted(view, "legacy", "docker-socket"), reason=HOSTILE, by=HOSTILE)
    over = overlay(view, (one,), AS_OF.date())
    for limits in (TERMINAL, MESSAGE):
        said = to_text(compose(service(over).ask(_explain(), language), catalogue(language), limits))
        assert "\x1b" not in said
        assert "\u202e" not in said
    document = compose(service(over).ask(_explain(), language), catalogue(language), SLACK)
    message = to_message(document, catalogue(language), Asked("x", language), command="/runtime")
    assert "<!channel>" not in json.dumps(message.blocks) + message.text
    text = workloads_csv(over.with_findings, service(over).seen(over))
    assert "\x1b" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["explain", "listing", "digest", "home"])
def test_no_answer_calls_who_accepted_for_others_may_read_it(name: str, language: str) -> None:
    view, said = mixed(), catalogue(language)
    documents = {
        "explain": lambda: compose(service(view).ask(_explain(), language), said, SLACK),
        "listing": lambda: every(language)["listing"],
        "digest": lambda: digest.compose(service(view).digest(Digest(EVERYTHING), language)[0], said, SLACK),
        "home": lambda: compose(service(view).ask(Home(("web", "ops")), language), said, SLACK),
    }
    message = to_message(documents[name](), said, Asked("x", language), command="/runtime")
    shown = json.dumps(message.blocks, ensure_ascii=False) + message.text
    assert "<@" not in shown
    assert "user_id" not in shown
    assert ("`U0ALICE`" in shown) is (name in ("explain", "listing"))


def _explain() -> object:
    from bot.core.questions import Explain

    return Explain("web/legacy")


def every(language: str) -> dict[str, Document]:
    """Return every message about exceptions."""
    view, said = bare(), catalogue(language)
    one = accepted(view, "legacy", "docker-socket")
    other = replace(one, key=WorkloadKey("ci", "Job", "gone"), by="", reason="적용 대기")
    void = replace(one, code="docker-data", voided_at=AS_OF)
    over = replace(one, code="docker-logs", until=date(2026, 11, 1), by="ops@example.com")
    found = standings(view, (one, other, void, over), AS_OF.date())
    web = named(view, "web")
    gap = Gap("deployments", Cause.FORBIDDEN, status=403)
    part = Seen(AS_OF, "test", 13, (gap,), age_seconds=7200, is_stale=True)
    return {
        "accepted": exceptions.accepted(None, one, None, (), said),
        "announced": exceptions.accepted("U0ALICE", one, over, ("docker-data",), said),
        "ended": exceptions.ended(None, one, said, held=True),
        "announced-ended": exceptions.ended("U0ALICE", one, said, held=True),
        "ended-void": exceptions.ended(None, one, said, held=False),
        "announced-ended-void": exceptions.ended("U0ALICE", one, said, held=False),
        "listing": exceptions.listing(found, service(view).seen(view), said),
        "listing-partial": exceptions.listing(found, part, said, rows=2),
        "none": exceptions.listing((), part, said),
        "kept": exceptions.unseen((one, void, over), said, AS_OF.date(), in_slack=False),
        "none-kept": exceptions.unseen((), said, AS_OF.date(), in_slack=False),
        "unknown-code": exceptions.unknown_code("docker-sock", ("docker-socket",), said),
        "unknown-workload": exceptions.unknown_workload("deploy/x", ("web/Deployment/web",), said, is_whole=True),
        "unseen-workload": exceptions.unknown_workload("deploy/x", (), said, is_whole=False),
        "several": exceptions.several("web", ("a/Deployment/web", "b/Deployment/web"), said),
        "no-finding": exceptions.no_finding(web, "docker-data", said, is_info=False),
        "only-info": exceptions.no_finding(web, "dind", said, is_info=True),
        "none-such": exceptions.none_such("deploy/x", "docker-data", (one.subject,), said),
        "exported": exceptions.exported(2, "x.yaml", said),
        "exported-none": exceptions.exported(0, "x.yaml", said),
        "imported": exceptions.imported(3, 1, "kept.db", said),
        "no-view": exceptions.told("no-view", said),
        "not-held": ((exceptions.Verdict(exceptions.not_held(Standing(one, State.VOID), said))),),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said(language: str, golden: Golden) -> None:
    text = "\n\n".join(f"== {name}\n{to_text(document)}" for name, document in every(language).items())
    golden.check(f"exceptions.{language}.txt", text + "\n")
