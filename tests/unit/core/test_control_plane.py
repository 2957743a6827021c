"""What runs on the control plane is asked of its nodes: of a pool called like the role, never of every node instead."""

import pytest

from bot.core.questions import Count, Faq, Nodes, Question, ServerVersion, Upgrade
from bot.core.runtimes import Runtime
from bot.core.understand import NO_NAMES, Names
from tests.factories import make_node
from tests.unit.clusters import text_of, understanding, view_of

POOL = "eks.amazonaws.com/nodegroup"
DOCKER = (Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD)
OFF = (Runtime.CONTAINERD, Runtime.CRI_O)
CONTAINERD = (Runtime.CONTAINERD,)


def read(text: str, names: Names = NO_NAMES) -> Question:
    return understanding().read(text, lambda: names).question


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("is the control plane on containerd?", Nodes(CONTAINERD, "control-plane")),
        ("has the control plane left docker?", Nodes(OFF, "control-plane")),
        ("what is the container runtime of our control plane", Nodes((), "control-plane")),
        ("tell me what runtime the masters have", Nodes((), "control-plane")),
        ("do any control plane nodes still run docker", Nodes(DOCKER, "control-plane")),
        ("which nodes are the masters", Nodes((), "control-plane")),
        ("how many control plane nodes run docker", Count("nodes", DOCKER, "control-plane")),
        ("컨트롤 플레인은 containerd 쓰고 있나요?", Nodes(CONTAINERD, "control-plane")),
        ("컨트롤 플레인 쪽 런타임 확인해 주세요", Nodes((), "control-plane")),
        ("마스터는 아직 도커로 돌아가요?", Nodes(DOCKER, "control-plane")),
        ("컨트롤플레인 노드들은 어떤 런타임이야?", Nodes((), "control-plane")),
        ("컨트롤 플레인 노드 몇 개야", Count("nodes", (), "control-plane")),
    ],
)
def test_the_runtime_of_the_control_plane_is_asked_of_its_nodes(text: str, question: Question) -> None:
    assert read(text) == question


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("what version is the control plane", ServerVersion()),
        ("컨트롤 플레인 버전 알려 주세요", ServerVersion()),
        ("is the control plane on 1.24 already", Upgrade("1.24")),
        ("how should I switch the control plane nodes", Faq("static-pods-etcd")),
        ("may the control plane be on containerd while workers stay on docker", Faq("mixed-runtimes")),
        ("is jenkins master on docker ok", Faq("agent-jenkins")),
    ],
)
def test_what_else_is_asked_of_a_control_plane_stays_as_it_is(text: str, question: Question) -> None:
    assert read(text) == question


@pytest.mark.parametrize("pool", ["control-plane", "master"])
def test_the_pool_called_like_the_role_is_the_control_plane(pool: str) -> None:
    view = view_of(make_node("a", labels={POOL: pool}), make_node("b", labels={POOL: "workers"}))
    assert read("is the control plane on containerd?", Names.of(view)) == Nodes(CONTAINERD, pool)


def test_a_pool_named_beside_it_counts_more() -> None:
    names = Names.of(view_of(make_node("cp-1", labels={POOL: "blue"})))
    assert read("do the control plane nodes of pool blue still run docker", names) == Nodes(DOCKER, "blue")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_control_plane_nodes_that_cannot_be_told_are_said_to_be_missing(language: str) -> None:
    view = view_of(make_node("worker-1", labels={POOL: "workers"}))
    text = text_of(view, "nodes containerd pool=control-plane", language)
    assert {"en": "Not found: control-plane", "ko": "control-plane: 같은 이름의"}[language] in text
    assert "worker-1" not in text
