"""How people really type: short forms, products by their Korean names, names that the cluster does not have."""

import pytest

from bot.core.questions import (
    AtRisk,
    Count,
    Explain,
    Nodes,
    NodeState,
    Owners,
    Progress,
    Question,
    Safe,
    Upgrade,
    Where,
)
from bot.core.understand import Names
from tests.factories import make_daemonset, make_deployment, make_node
from tests.unit.clusters import understanding, view_of

VIEW = view_of(
    make_node("general-04"),
    make_node("general-14"),
    make_node("gpu-05"),
    make_daemonset("datadog-agent", namespace="monitoring", host_paths={"/var/run/docker.sock": "/s"}),
    make_deployment("registry-trust", namespace="security"),
    make_deployment("web", namespace="ingress"),
)
NAMES = Names.of(VIEW)


def read(text: str, before: Question | None = None) -> Question:
    """Return what a text means about this cluster."""
    return understanding().read(text, lambda: NAMES, before).question


@pytest.mark.parametrize(
    ("text", "question"),
    [
        pytest.param("which nodes arent ready", Nodes(ready=False), id="no-apostrophe"),
        pytest.param("nodes w/ kubelet 1.23", Nodes(version="1.23"), id="with"),
        pytest.param("what % of nodes are off docker", Progress(), id="percent"),
        pytest.param("is genral-04 healthy", NodeState("general-04", "state"), id="numbers-are-no-typos"),
        pytest.param("why is datadog flagged", Explain("datadog-agent"), id="a-product-that-is-listed"),
        pytest.param("where is datadog running", Where("datadog-agent"), id="a-product-in-the-cluster"),
        pytest.param("데이터독 담당자 누구야?", Owners("datadog-agent"), id="a-product-in-korean"),
        pytest.param("데이터독은 어디서 돌아?", Where("datadog-agent"), id="with-a-particle"),
        pytest.param("is staging safe?", Safe("staging"), id="what-is-not-there"),
        pytest.param("staging 안전해?", Safe("staging"), id="what-is-not-there-in-korean"),
        pytest.param("are we ready to switch off docker everywhere?", Safe(), id="no-name"),
    ],
)
def test_what_people_type_is_what_they_mean(text: str, question: Question) -> None:
    assert read(text) == question


def test_a_number_that_no_node_has_is_not_another_node() -> None:
    assert read("is genral-24 healthy") != NodeState("general-04", "state")


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (AtRisk("ingress"), "what is at risk in the whole cluster?"),
        (AtRisk("ingress"), "is anything at risk at all?"),
        (AtRisk("ingress"), "which workloads are at risk?"),
        (AtRisk("ingress"), "위험한 워크로드 목록"),
        (Nodes(), "are we ready?"),
        (Nodes(), "what is dockershim?"),
        (NodeState("gpu-05", "state"), "how are we doing?"),
        (NodeState("gpu-05", "state"), "api server version?"),
        (NodeState("gpu-05", "state"), "anything at risk?"),
        (Where("datadog-agent"), "hey there"),
        (Where("datadog-agent"), "will there be downtime?"),
        (Explain("datadog-agent"), "overview"),
        (Explain("datadog-agent"), "who owns the cluster?"),
        (AtRisk("ingress"), "how many nodes total"),
        (Safe("web"), "are there blockers?"),
    ],
)
def test_what_stands_for_itself_is_not_taken_for_a_follow_up(before: Question, text: str) -> None:
    """An answer about something else than was asked could be a wrong all-clear."""
    assert read(text, before) == read(text)


@pytest.mark.parametrize(
    ("before", "text", "question"),
    [
        pytest.param(Upgrade("1.24"), "why not?", Upgrade("1.24"), id="why-not"),
        pytest.param(Upgrade("1.24"), "왜 안돼?", Upgrade("1.24"), id="why-not-in-korean"),
        pytest.param(Owners("registry-trust"), "why is it flagged?", Explain("registry-trust"), id="from-owner"),
        pytest.param(Explain("datadog-agent"), "담당자가 누구야?", Owners("datadog-agent"), id="left-out"),
        pytest.param(NodeState("gpu-05", "state"), "kubelet 버전은?", NodeState("gpu-05", "kubelet"), id="of-a-node"),
        pytest.param(Nodes(version="1.23"), "몇 대야?", Count("nodes", version="1.23"), id="how-many-of-them"),
        pytest.param(Safe("web"), "and in staging?", Safe("staging"), id="what-is-not-there"),
        pytest.param(Explain("datadog-agent"), "who owns what, overall?", Owners(), id="everything"),
    ],
)
def test_what_a_thread_leaves_out_is_what_it_was_about(before: Question, text: str, question: Question) -> None:
    assert read(text, before) == question
