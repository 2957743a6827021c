"""Accepted findings: what they cover, when they end, and that nothing is lost in the count."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.exceptions import Acceptance, Standing, State, fingerprint, newly_void, overlay, standings
from bot.core.rules import Severity
from bot.core.runtimes import Grade
from bot.core.view import ClusterView, Excepted, Finding, PodCounts, Workload
from bot.core.workloads import WorkloadKey
from tests.factories import make_container, make_cronjob, make_daemonset, make_deployment, make_node, make_pod, owner_of
from tests.unit.clusters import named, view_of

TODAY = date(2026, 11, 23)
MADE = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOCKET, DATA, PARENT = {"/var/run/docker.sock": "/s"}, {"/var/lib/docker": "/d"}, {"/var/run": "/r"}


def accepted(workload: Workload, code: str = "docker-socket", until: date = date(2027, 1, 31)) -> Acceptance:
    seen = fingerprint(workload, code) or "v1:" + "f" * 32
    return Acceptance(workload.key, code, "vendor fix in January", "U0ALICE", until, MADE, seen)


def shown(view: ClusterView, *acceptances: Acceptance, today: date = TODAY) -> ClusterView:
    return overlay(view, acceptances, today)


def state(view: ClusterView, acceptance: Acceptance, today: date = TODAY) -> State:
    (standing,) = standings(view, (acceptance,), today)
    return standing.state


def test_a_workload_is_excepted_when_every_finding_above_info_is() -> None:
    view = view_of(make_deployment("web", host_paths={**SOCKET, **DATA}), make_deployment("other", host_paths=SOCKET))
    web = named(view, "web")
    some = named(shown(view, accepted(web)), "web")
    assert (some.is_excepted, some.is_at_risk, some.severity, some.worst) == (
        False,
        True,
        Severity.DEGRADED,
        Severity.BLOCKER,
    )
    every = shown(view, accepted(web), accepted(web, "docker-data"))
    whole = named(every, "web")
    assert (whole.is_excepted, whole.is_at_risk, whole.is_to_check) == (True, False, False)
    assert (whole.severity, whole.grade, whole.excepted_until) == (Severity.BLOCKER, Grade.CERTAIN, date(2027, 1, 31))
    assert [w.key.name for w in every.at_risk] == ["other"]
    assert [w.key.name for w in every.excepted] == ["web"]
    assert whole.findings[0].excepted == Excepted("vendor fix in January", "U0ALICE", date(2027, 1, 31))


def test_with_its_blocker_excepted_a_workload_is_one_to_check_on_all_its_nodes() -> None:
    template = make_daemonset("agent", host_paths=PARENT)
    owner = owner_of(make_daemonset("agent"))
    pods = [
        make_pod("agent-1", namespace="kube-system", node="n1", owner=owner, host_paths={**PARENT, **SOCKET}),
        make_pod("agent-2", namespace="kube-system", node="n2", owner=owner, host_paths=PARENT),
    ]
    view = view_of(make_node("n1"), make_node("n2"), template, *pods)
    agent = named(view, "agent")
    assert dict(agent.nodes) == {"n1": 1}
    left = named(shown(view, accepted(agent)), "agent")
    assert (left.is_to_check, left.is_at_risk, dict(left.nodes)) == (True, False, {"n1": 1, "n2": 1})


def test_what_was_laid_over_a_view_before_and_has_ended_since_is_gone_from_a_workload_that_has_another() -> None:
    view = view_of(make_deployment("web", host_paths={**SOCKET, **DATA}))
    socket, data = (accepted(named(view, "web"), code) for code in ("docker-socket", "docker-data"))
    left = named(shown(shown(view, socket), data), "web")
    assert {finding.code for finding in left.findings if finding.excepted} == {"docker-data"}


def test_it_holds_on_its_last_day_and_not_on_the_next() -> None:
    view = view_of(make_deployment("web", host_paths=SOCKET))
    one = accepted(named(view, "web"), until=TODAY)
    assert state(view, one) is State.HOLDS
    assert state(view, one, TODAY + timedelta(days=1)) is State.EXPIRED
    assert shown(view, one, today=TODAY + timedelta(days=1)) is view


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"host_paths": {"/run/docker.sock": "/s"}}, id="another-spelling-of-the-path"),
        pytest.param({"host_paths": SOCKET, "sidecars": "second"}, id="another-container-mounts-it"),
        pytest.param({"host_paths": {"/var/run/docker.sock": "/elsewhere"}}, id="mounted-elsewhere"),
    ],
)
def test_it_is_void_when_the_spec_changed(changed: dict[str, Any]) -> None:
    view = view_of(make_deployment("web", host_paths=SOCKET))
    one = accepted(named(view, "web"))
    if changed.get("sidecars"):
        changed = {
            **changed,
            "sidecars": [make_container("second", mounts=[{"name": "host-0", "mountPath": "/x"}])],
        }
    after = view_of(make_deployment("web", **changed))
    assert state(after, one) is State.VOID
    laid = named(shown(after, one), "web")
    assert laid.is_at_risk
    assert [(each.code, each.until, each.at) for each in laid.voided] == [("docker-socket", one.until, None)]
    assert replace(laid, voided=()) == named(after, "web")
    assert newly_void(standings(after, (one,), TODAY), MADE + timedelta(minutes=1)) == (one,)


@pytest.mark.parametrize(
    "changed",
    [
        make_container("main", command=["docker", "run", "--privileged", "-v", "/:/host", "x"]),
        make_container("main", command=["sh", "-c", "docker run hello; docker rm -f $(docker ps -aq)"]),
        make_container("main", command=["docker", "run", "hello"], privileged=True),
    ],
    ids=["other-options", "a-call-beside-it", "privileged"],
)
def test_another_call_of_which_the_same_words_are_shown_voids_it(changed: dict[str, Any]) -> None:
    before, after = (
        view_of(make_deployment("web", spec={"containers": [container]}))
        for container in (make_container("main", command=["docker", "run", "hello"]), changed)
    )
    one = accepted(named(before, "web"), code="docker-cli")
    assert state(before, one) is State.HOLDS
    assert state(after, one) is State.VOID


def test_an_older_read_voids_nothing_that_was_accepted_on_a_newer_one() -> None:
    one = accepted(named(view_of(make_deployment("web", host_paths=SOCKET)), "web"))
    older = view_of(make_deployment("web", host_paths={"/run/docker.sock": "/s"}))
    assert state(older, one) is State.VOID
    assert newly_void(standings(older, (one,), TODAY), MADE) == ()


def test_what_a_webhook_puts_into_pods_that_come_and_go_voids_nothing() -> None:
    job = make_cronjob("nightly", host_paths=SOCKET)
    sidecar = make_container("sidecar", mounts=[{"name": "host-0", "mountPath": "/x"}])
    pod = make_pod("nightly-1", owner=owner_of(job), host_paths=SOCKET, sidecars=[sidecar])
    between, running = view_of(job), view_of(job, pod)
    for before, after in ((between, running), (running, between)):
        one = accepted(named(before, "nightly"))
        assert state(after, one) is State.HOLDS


def test_of_what_is_only_worth_knowing_by_now_nothing_is_said_to_count() -> None:
    one = accepted(named(view_of(make_deployment("web", host_paths=SOCKET)), "web"))
    volumes = [{"name": "s", "hostPath": {"path": "/var/run/docker.sock"}}]
    unmounted = view_of(make_deployment("web", spec={"volumes": volumes}))
    assert state(unmounted, one) is State.FIXED
    assert named(shown(unmounted, one), "web").voided == ()


def test_another_image_voids_it() -> None:
    view = view_of(make_deployment("web", host_paths=SOCKET))
    web = named(view, "web")
    first = replace(web, findings=tuple(replace(finding, images=("app:1",)) for finding in web.findings))
    second = replace(web, findings=tuple(replace(finding, images=("app:2",)) for finding in web.findings))
    assert fingerprint(first, "docker-socket") != fingerprint(second, "docker-socket")


def test_what_was_seen_to_be_void_does_not_hold_again_when_the_spec_is_changed_back() -> None:
    view = view_of(make_deployment("web", host_paths=SOCKET))
    one = replace(accepted(named(view, "web")), voided_at=MADE)
    assert state(view, one) is State.VOID
    assert newly_void(standings(view, (one,), TODAY), MADE + timedelta(minutes=1)) == ()


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(make_deployment("web", replicas=9, host_paths=SOCKET, labels={"x": "y"}), id="scaled-labelled"),
        pytest.param(
            make_deployment("web", host_paths=SOCKET, spec={"priorityClassName": "high"}), id="something-unrelated"
        ),
        pytest.param(make_deployment("web", host_paths={"/srv": "/srv", **SOCKET}), id="an-unrelated-volume-before-it"),
    ],
)
def test_it_holds_when_something_else_changed(after: dict[str, object]) -> None:
    one = accepted(named(view_of(make_deployment("web", host_paths=SOCKET)), "web"))
    assert state(view_of(after), one) is State.HOLDS


def test_a_template_that_cannot_be_read_any_more_voids_nothing_while_its_pods_are() -> None:
    """The same is then found in the pods, in another field of another object."""
    owner = owner_of(make_daemonset("agent"))
    pod = make_pod("agent-1", namespace="kube-system", node="n1", owner=owner, host_paths=SOCKET)
    one = accepted(named(view_of(make_daemonset("agent", host_paths=SOCKET), pod), "agent"))
    assert state(view_of(pod), one) is State.HOLDS


def test_what_is_not_there_and_what_was_fixed_are_kept_and_told_apart() -> None:
    view = view_of(make_deployment("web", host_paths=SOCKET))
    one = accepted(named(view, "web"))
    fixed = view_of(make_deployment("web"))
    assert state(fixed, one) is State.FIXED
    assert state(view_of(), one) is State.MISSING
    assert state(view_of(make_cronjob("web", host_paths=SOCKET)), one) is State.MISSING
    assert newly_void(standings(fixed, (one,), TODAY), MADE + timedelta(minutes=1)) == ()


def test_an_excepted_workload_keeps_its_pods_and_its_place_by_severity() -> None:
    view = view_of(
        make_deployment("a", host_paths=DATA), make_deployment("b", host_paths=SOCKET), make_pod("c", host_paths=PARENT)
    )
    over = shown(view, accepted(named(view, "b")))
    assert [workload.key.name for workload in over.workloads] == ["b", "a", "c"]
    assert named(over, "b").pods == named(view, "b").pods


def test_listing_is_in_order() -> None:
    view = view_of(*(make_deployment(name, namespace=ns, host_paths=SOCKET) for ns in "ba" for name in "yx"))
    every = [accepted(workload) for workload in view.workloads]
    told = [standing.acceptance.key.short_name for standing in standings(view, reversed(every), TODAY)]
    assert told == ["a/x", "a/y", "b/x", "b/y"]


CODES = ("docker-socket", "docker-data", "socket-parent-dir", "dind")
FINDINGS = st.builds(
    Finding,
    code=st.sampled_from(CODES),
    severity=st.sampled_from(Severity),
    grade=st.sampled_from(Grade),
    field=st.text(max_size=20),
    value=st.text(max_size=20),
    containers=st.lists(st.text(max_size=5), max_size=2).map(tuple),
    reason=st.text(max_size=5),
    guide=st.none(),
    seen_in=st.text(max_size=5),
    in_template=st.booleans(),
    images=st.lists(st.text(max_size=5), max_size=2).map(tuple),
)
KEYS = st.builds(WorkloadKey, st.sampled_from("ab"), st.sampled_from(["Deployment", "Job"]), st.sampled_from("xyz"))
WORKLOADS = st.lists(
    st.builds(
        Workload,
        key=KEYS,
        owner=st.none(),
        pods=st.just(PodCounts(1)),
        findings=st.lists(FINDINGS, max_size=4).map(tuple),
    ),
    max_size=5,
    unique_by=lambda workload: workload.key,
)
DAYS = st.dates(date(2026, 11, 20), date(2026, 11, 26))


@given(workloads=WORKLOADS, data=st.data(), today=DAYS)
def test_every_workload_is_in_exactly_one_state_whatever_is_accepted(
    workloads: list[Workload], data: st.DataObject, today: date
) -> None:
    view = replace(view_of(), workloads=tuple(workloads))
    prints = {fingerprint(workload, code) for workload in workloads for code in CODES} - {None}
    acceptances = data.draw(
        st.lists(
            st.builds(
                Acceptance,
                key=KEYS,
                code=st.sampled_from(CODES),
                reason=st.just("r"),
                by=st.just("U1"),
                until=DAYS,
                made_at=st.just(MADE),
                fingerprint=st.sampled_from(sorted(str(each) for each in prints) or ["v1:"]),
                voided_at=st.none() | st.just(MADE),
            ),
            max_size=8,
        )
    )
    over = overlay(view, acceptances, today)
    info = [w for w in over.workloads if not (w.is_at_risk or w.is_to_check or w.is_excepted)]
    assert len(over.at_risk) + len(over.to_check) + len(over.excepted) + len(info) == len(workloads)
    assert {w.key for w in over.workloads} == {w.key for w in workloads}
    assert all(not any(finding.is_listed for finding in workload.findings) for workload in info)
    before = {w.key: w for w in view.workloads}
    holding = {(s.acceptance.key, s.acceptance.code) for s in standings(view, acceptances, today) if _holds(s)}
    for workload in over.workloads:
        for finding, earlier in zip(workload.findings, before[workload.key].findings, strict=True):
            assert replace(finding, excepted=None) == earlier
            assert (finding.excepted is not None) == ((workload.key, finding.code) in holding)
    # What is excepted was at risk or to check: acceptance moves workloads, and hides none.
    risky = {w.key for w in (*view.at_risk, *view.to_check)}
    assert {w.key for w in (*over.at_risk, *over.to_check, *over.excepted)} == risky


def _holds(standing: Standing) -> bool:
    return standing.state is State.HOLDS
