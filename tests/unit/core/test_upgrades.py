"""How far a cluster can be upgraded, rule by rule."""

from datetime import date, timedelta

import pytest

from bot.core.upgrades import NEWEST, NEWEST_DAY, highest_server, judge, newest_out, obstacle, reach, takes
from bot.core.versions import Version, parse
from bot.core.view import NodeFact
from tests.factories import make_node
from tests.unit.clusters import known, view_of

DOCKER = "docker://20.10.24"


def v(text: str) -> Version:
    version = parse(text)
    assert version is not None
    return version


def nodes(*pairs: tuple[str, str]) -> tuple[NodeFact, ...]:
    """Return a node for each (kubelet, runtime)."""
    made = [
        make_node(f"node-{n}", kubelet=f"v{kubelet}.1", runtime=runtime) for n, (kubelet, runtime) in enumerate(pairs)
    ]
    return view_of(*made).nodes


@pytest.mark.parametrize(
    ("server", "kubelet", "expected"),
    [
        pytest.param("1.25", "1.23", True, id="two-older-below-1.25"),
        pytest.param("1.26", "1.23", False, id="three-older-below-1.25-is-too-old"),
        pytest.param("1.26", "1.24", True, id="1.24-may-stay-under-1.26"),
        pytest.param("1.28", "1.25", True, id="three-older-from-1.25-on"),
        pytest.param("1.29", "1.25", False, id="four-older-is-too-old"),
        pytest.param("1.24", "1.25", False, id="never-newer-than-the-server"),
        pytest.param("1.24.17", "1.24.18", True, id="a-newer-patch-is-no-newer-minor"),
        pytest.param("1.25.16", "1.23", True, id="a-patch-of-the-server-adds-no-minor"),
    ],
)
def test_which_kubelet_an_api_server_takes(server: str, kubelet: str, expected: bool) -> None:
    assert takes(v(server), v(kubelet)) is expected


@pytest.mark.parametrize(
    ("kubelet", "runtime", "expected"),
    [
        pytest.param("1.23", DOCKER, ("dockershim", "1.24", True), id="dockershim-ends-at-1.23"),
        pytest.param("1.24", DOCKER, ("cri-dockerd", "1.26", False), id="cri-dockerds-version-is-not-told"),
        pytest.param("1.24", "containerd://1.5.13", ("cri-v1", "1.26", True), id="containerd-1.5-has-no-cri-v1"),
        pytest.param("1.24", "containerd://1.6.0", ("containerd-1", "1.38", False), id="containerd-1-ends-by-plan"),
        pytest.param("1.34", "containerd://2.1.4", None, id="containerd-2-has-no-known-end"),
        pytest.param("1.24", "containerd://x", ("containerd-unread", "1.26", False), id="containerd-of-no-version"),
        pytest.param("1.24", "cri-o://1.24.6", ("cri-o", "1.38", False), id="an-old-cri-o-ends-by-plan"),
        pytest.param("1.34", "cri-o://1.34.1", None, id="a-new-cri-o-has-no-known-end"),
        pytest.param("1.34", "", ("unknown", "0.0", False), id="an-unknown-runtime-may-end-anywhere"),
    ],
)
def test_what_stops_a_kubelet(kubelet: str, runtime: str, expected: tuple[str, str, bool] | None) -> None:
    (node,) = nodes((kubelet, runtime))
    found = obstacle(node)
    assert (found and (found.reason, found.since.short, found.is_certain)) == expected


@pytest.mark.parametrize(
    ("server", "kubelets", "target", "control"),
    [
        pytest.param("1.23.9", [("1.23", DOCKER)], "1.24", "step", id="dockershim-may-stay-under-1.24"),
        pytest.param("1.24.9", [("1.23", DOCKER)], "1.25", "step", id="and-under-1.25"),
        pytest.param("1.25.9", [("1.23", DOCKER)], "1.26", "runtimes-first", id="but-not-under-1.26"),
        pytest.param("1.23.9", [("1.23", DOCKER)], "1.25", "steps", id="no-minor-is-skipped"),
        pytest.param("1.25.9", [("1.23", "containerd://1.6.3")], "1.26", "kubelets-first", id="kubelets-too-old"),
        pytest.param("1.26.9", [("1.24", "containerd://1.5.3")], "1.29", "runtimes-first", id="containerd-1.5-to-1.29"),
        pytest.param("1.26.9", [("1.24", "containerd://1.5.3")], "1.28", "kubelets-first", id="containerd-1.5-to-1.28"),
        pytest.param("1.25.9", [("1.23", DOCKER)], "1.24", "there", id="already-above"),
        pytest.param("1.25.9", [("1.23", DOCKER)], "1.25.16", "there", id="already-that-minor"),
        pytest.param(None, [("1.24", "containerd://1.6.3")], "1.25", "step", id="judged-from-the-newest-kubelet"),
        pytest.param(None, [], "1.25", "unknown", id="nothing-known"),
        pytest.param("1.24.1", [], "1.25", "step", id="no-nodes"),
    ],
)
def test_the_api_server_on_the_way_to_a_version(
    server: str | None, kubelets: list[tuple[str, str]], target: str, control: str
) -> None:
    assert judge(v(server) if server else None, nodes(*kubelets), v(target)).control == control


def test_the_minors_on_the_way_are_named() -> None:
    found = judge(v("1.34.2"), nodes(("1.34", "containerd://2.1.4")), v("1.37"))
    assert [version.short for version in found.via] == ["1.35", "1.36"]


def test_nodes_behind_are_told_apart_by_what_stops_them() -> None:
    found = judge(
        v("1.25.1"),
        nodes(("1.23", DOCKER), ("1.24", DOCKER), ("1.23", "containerd://1.6.3"), ("1.25", DOCKER)),
        v("1.26"),
    )
    assert (found.behind, found.too_old) == (4, 2)
    assert [(g.obstacle and g.obstacle.reason, len(g.nodes)) for g in found.stuck] == [("dockershim", 1)]
    assert [(g.obstacle and g.obstacle.reason, len(g.nodes)) for g in found.unsure] == [("cri-dockerd", 2)]


def test_a_node_that_is_there_already_is_not_stuck() -> None:
    found = judge(v("1.25.1"), nodes(("1.24", DOCKER)), v("1.24"))
    assert (found.behind, found.stuck, found.unsure) == (0, (), ())


def test_a_kubelet_of_no_version_is_counted_apart() -> None:
    odd = view_of(make_node("odd", kubelet="dirty")).nodes
    assert judge(v("1.25.1"), odd, v("1.26")).unread == 1


@pytest.mark.parametrize(
    ("server", "kubelets", "now", "later", "step"),
    [
        pytest.param(
            "1.25.16", [("1.23", DOCKER), ("1.25", "containerd://1.6.33")], "1.25", "1.25", "runtime", id="held"
        ),
        pytest.param("1.23.9", [("1.23", DOCKER)], "1.25", "1.25", "runtime", id="two-minors-with-dockershim"),
        pytest.param("1.24.9", [("1.24", "containerd://1.6.33")], "1.26", "1.37", "server", id="server-next"),
        pytest.param("1.26.9", [("1.24", "containerd://1.6.33")], "1.26", "1.37", "kubelets", id="kubelets-next"),
        pytest.param("1.37.1", [("1.37", "containerd://2.3.0")], "1.37", "1.37", "none", id="at-the-top"),
        pytest.param("1.24.9", [], "1.37", "1.37", "server", id="no-nodes"),
        pytest.param("1.28.9", [("1.23", DOCKER)], "1.28", "1.28", "runtime", id="too-far-already"),
    ],
)
def test_the_highest_version(server: str, kubelets: list[tuple[str, str]], now: str, later: str, step: str) -> None:
    found = reach(v(server), nodes(*kubelets), v("1.37"))
    assert found.now is not None
    assert found.later is not None
    assert (found.now.short, found.later.short, found.step) == (now, later, step)


def test_what_holds_the_highest_version_is_the_oldest_kubelets() -> None:
    found = reach(v("1.24.1"), nodes(("1.23", DOCKER), ("1.23", DOCKER), ("1.24", DOCKER)), v("1.37"))
    assert (found.held_by, found.held_at and found.held_at.short) == (2, "1.23")


def test_without_a_server_version_the_newest_kubelet_is_the_base() -> None:
    found = reach(None, nodes(("1.23", DOCKER), ("1.24", DOCKER)), v("1.37"))
    assert (found.base and found.base.short, found.now and found.now.short) == ("1.24", "1.25")


def test_the_newest_version_is_the_calendars_and_out_from_its_day_on() -> None:
    of_kubernetes = [item for item in known().calendar if item.product == "kubernetes"]
    planned = max(of_kubernetes, key=lambda item: item.day)
    assert (planned.version, planned.day) == (NEWEST.short, NEWEST_DAY)
    assert newest_out(NEWEST_DAY - timedelta(days=1)).short == "1.37"
    assert newest_out(NEWEST_DAY) == NEWEST
    assert newest_out(date(2027, 1, 1)) == NEWEST


def test_highest_server_is_a_minor() -> None:
    assert highest_server(v("1.25.9")) == Version(1, 28)
