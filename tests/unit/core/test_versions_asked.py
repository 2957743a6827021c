"""Versions in questions: nodes that have one, nodes that one does something to, and what is in its way."""

import pytest

from bot.core.questions import AtRisk, Count, Faq, Guide, Milestone, Nodes, OutOfScope, Question, Safe, Upgrade
from bot.core.runtimes import Runtime
from bot.core.understand import Names
from bot.core.understand.text import joined
from tests.factories import make_deployment, make_namespace, make_node
from tests.unit.clusters import understanding, view_of

NAMES = Names.of(
    view_of(make_node("node-1"), make_namespace("default"), make_deployment("checkout", namespace="payments"))
)


def read(text: str) -> Question:
    """Return what a text means about this cluster."""
    return understanding().read(text, lambda: NAMES).question


@pytest.mark.parametrize(
    "text",
    [
        "which nodes does {} affect",
        "which of our nodes does {} hit",
        "which nodes are affected by {}",
        "which nodes break with {}",
        "which nodes does kubelet {} break",
        "how many nodes does {} affect",
        "which nodes does {} concern?",
        "which nodes are not ready for {}",
        "{}에 영향받는 노드 어디야",
        "{}에 걸리는 노드 뭐야",
        "{} 영향 받는 노드 몇 대야?",
        "{} 나오기 전에 바꿔야 하는 노드",
    ],
)
@pytest.mark.parametrize("version", ["1.38", "1.24"])
def test_whom_a_version_concerns_is_never_which_nodes_have_it(text: str, version: str) -> None:
    """No node has 1.38, and "none" would be a wrong all-clear."""
    assert read(text.format(version)) == Milestone(version)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("nodes on 1.23", Nodes(version="1.23")),
        ("which nodes on 1.23 break", Nodes(version="1.23")),
        ("nodes with kubelet 1.23 that break", Nodes(version="1.23")),
        ("1.23 노드 보여줘", Nodes(version="1.23")),
        ("how many nodes are on 1.23?", Count("nodes", version="1.23")),
        ("which nodes are still on 1.22 and block the upgrade", Nodes(version="1.22")),
        ("which nodes block 1.24", Upgrade("1.24")),
        ("is payments hit by 1.24", Safe("payments")),
        ("is there a how-to for moving to cri-dockerd", Guide("to-cri-dockerd")),
        ("docs on migrating from dockershim to cri-dockerd", Guide("to-cri-dockerd")),
        ("cri-dockerd로 옮기는 가이드 있어?", Guide("to-cri-dockerd")),
        ("cri-dockerd에서 containerd로 옮기는 가이드", Guide("containerd")),
        ("cri-dockerd docs", Guide("cri-dockerd")),
        ("우리 cri-dockerd 쓰고 있어?", Nodes((Runtime.CRI_DOCKERD,))),
        ("do we use cri-dockerd", Nodes((Runtime.CRI_DOCKERD,))),
        ("우리 클러스터에서 cri-dockerd 쓰나요?", Nodes((Runtime.CRI_DOCKERD,))),
        ("are we using containerd already?", Nodes((Runtime.CONTAINERD,))),
        ("should we use cri-dockerd", Faq("should-cri-dockerd")),
        ("우리 dind 쓰고 있어?", AtRisk(code="dind")),
    ],
)
def test_a_question_means(text: str, question: Question) -> None:
    assert read(text) == question


@pytest.mark.parametrize(
    "text",
    [
        "is docker in docker going to break",
        "does docker in docker break?",
        "Docker in Docker 깨지나요",
        "도커 인 도커 깨지나요",
        "도커인도커는 계속 되나요?",
        "can we keep using docker in docker",
    ],
)
def test_docker_in_docker_is_one_thing(text: str) -> None:
    assert read(text) == Faq("dind")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Docker  in docker는?", "dind는?"),
        ("a docker in docker-compose", "a docker in docker-compose"),
        ("docker-in-docker", "docker-in-docker"),
        ("xdocker in docker", "xdocker in docker"),
    ],
)
def test_only_whole_words_are_joined(text: str, expected: str) -> None:
    assert joined(text, {"docker in docker": "dind"}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "containerd default config how to generate",
        "how do I generate a default config.toml for containerd",
        "create the default containerd config",
        "containerd config default 명령이 뭐죠",
    ],
)
def test_a_default_configuration_is_no_namespace_and_not_out_of_scope(text: str) -> None:
    question = read(text)
    assert not isinstance(question, OutOfScope | AtRisk | Safe)
    assert isinstance(question, Faq)


@pytest.mark.parametrize(
    ("text", "question"),
    [("what is at risk in default", AtRisk("default")), ("is default safe?", Safe("default"))],
)
def test_the_namespace_default_can_be_asked_for_all_the_same(text: str, question: Question) -> None:
    assert read(text) == question
