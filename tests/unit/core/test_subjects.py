"""What is asked of the cluster about what was just spoken of: a topic, a rule, a date, an upgrade."""

import pytest

from bot.core.questions import AtRisk, Count, Faq, Guide, Milestone, Milestones, Nodes, Owners, Question, Safe, Upgrade
from bot.core.runtimes import Runtime
from bot.core.understand import Names
from tests.factories import make_deployment, make_node
from tests.unit.clusters import understanding, view_of

NAMES = Names.of(
    view_of(
        make_node("node-1"),
        make_deployment("trainer", namespace="ml", labels={"team": "research"}),
        make_deployment("checkout", namespace="payments", labels={"team": "money"}),
    )
)
CRI_DOCKERD = Nodes((Runtime.CRI_DOCKERD,))
DOCKER = Nodes((Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD))


def read(text: str, before: Question | None = None) -> Question:
    """Return what a text means about this cluster."""
    return understanding().read(text, lambda: NAMES, before).question


@pytest.mark.parametrize(
    "text",
    [
        "do we use it?",
        "are we using it?",
        "do we have that",
        "is it in use here?",
        "does anyone here use it",
        "which nodes use it",
        "우리도 쓰고 있어?",
        "우리도 써?",
        "그거 우리도 쓰나요?",
        "우리 클러스터도 쓰고 있어?",
        "쓰는 노드 있어?",
    ],
)
@pytest.mark.parametrize(
    ("topic", "nodes"),
    [
        ("mirantis-pledge", CRI_DOCKERD),
        ("what-is-dockershim", Nodes((Runtime.DOCKERSHIM,))),
        ("what-is-containerd", Nodes((Runtime.CONTAINERD,))),
        ("containerd-or-crio", Nodes((Runtime.CONTAINERD, Runtime.CRI_O))),
        ("docker-dead", DOCKER),
    ],
)
def test_after_a_topic_about_a_runtime_its_nodes_are_asked_for(topic: str, nodes: Nodes, text: str) -> None:
    assert read(text, Faq(topic)) == nodes


@pytest.mark.parametrize("text", ["should we use it?", "can we use it instead?", "우리도 써야 해?", "그거 써도 돼?"])
def test_whether_a_runtime_should_be_used_is_not_whether_it_is(text: str) -> None:
    assert not isinstance(read(text, Faq("mirantis-pledge")), Nodes)


@pytest.mark.parametrize(
    "text",
    [
        "who has it?",
        "which workloads have it?",
        "who is affected",
        "do we have it?",
        "how many have it",
        "which ones?",
        "who owns it?",
        "누가 갖고 있어?",
        "우리도 있어?",
        "어떤 워크로드가 그래?",
        "해당되는 워크로드는?",
        "누가 걸려?",
    ],
)
@pytest.mark.parametrize(
    ("before", "code"),
    [
        (Guide("docker-socket"), "docker-socket"),
        (Guide("docker.sock"), "docker-socket"),
        (Faq("dind"), "dind"),
        (AtRisk(code="docker-logs"), "docker-logs"),
    ],
)
def test_after_a_rule_the_workloads_it_found_are_asked_for(before: Question, code: str, text: str) -> None:
    assert read(text, before) == AtRisk(code=code)


@pytest.mark.parametrize(
    "text",
    [
        "which of our nodes does that hit",
        "which nodes are affected?",
        "how many nodes does it concern",
        "are we affected",
        "which nodes",
        "우리 노드 중에 어디가 걸려?",
        "영향받는 노드는?",
        "몇 대나 영향 받아?",
        "우리도 해당돼?",
    ],
)
@pytest.mark.parametrize(
    ("before", "date"),
    [
        (Milestone("1.38"), Milestone("1.38")),
        (Milestone(), Milestone()),
        (Milestones(), Milestone()),
        (Faq("kubelet-1-38"), Milestone("1.38")),
        (Faq("when-removed"), Milestone("1.24")),
    ],
)
def test_after_a_date_its_answer_names_whom_it_concerns(before: Question, date: Milestone, text: str) -> None:
    """All nodes, or the nodes of that version, would be a wrong answer: none of them has it yet."""
    assert read(text, before) == date


@pytest.mark.parametrize(
    ("before", "text", "question"),
    [
        pytest.param(Milestone("1.38"), "can we upgrade to it", Upgrade("1.38"), id="upgrade-to-it"),
        pytest.param(Milestone("1.38"), "how many days is that", Milestone("1.38"), id="how-far"),
        pytest.param(Milestone("1.38"), "which nodes are not ready", Nodes(ready=False), id="another-state"),
        pytest.param(Milestone("1.38"), "which nodes run docker", DOCKER, id="another-runtime"),
        pytest.param(Milestone("1.38"), "is payments affected?", Safe("payments"), id="a-name"),
        pytest.param(Milestone("1.24"), "which workloads are affected?", AtRisk(), id="workloads"),
        pytest.param(Upgrade("1.24"), "when is it", Milestone("1.24"), id="when-is-it"),
        pytest.param(Upgrade("1.24"), "which nodes are affected?", Upgrade("1.24"), id="in-the-way"),
        pytest.param(Upgrade("1.25"), "so what do we do first?", Upgrade("1.25"), id="first"),
        pytest.param(Upgrade("1.25"), "what is blocking us?", Upgrade("1.25"), id="blocking"),
        pytest.param(Upgrade("1.25"), "그럼 뭐부터 해야 돼?", Upgrade("1.25"), id="first-in-korean"),
        pytest.param(Upgrade("1.25"), "뭐가 막고 있어?", Upgrade("1.25"), id="blocking-in-korean"),
        pytest.param(Upgrade("1.25"), "what is at risk?", AtRisk(), id="stands-for-itself"),
        pytest.param(Guide("docker-socket"), "how do I fix it", Guide("docker-socket"), id="fix-it"),
        pytest.param(Guide("docker-socket"), "anything at risk?", AtRisk(), id="everything-at-risk"),
        pytest.param(Guide("docker-socket"), "who owns payments", Owners("payments"), id="another-name"),
        pytest.param(AtRisk("ml"), "who owns those?", AtRisk("ml"), id="owners-of-them"),
        pytest.param(AtRisk("ml"), "whose are they?", AtRisk("ml"), id="whose"),
        pytest.param(AtRisk("ml"), "담당자가 누구야?", AtRisk("ml"), id="owners-in-korean"),
        pytest.param(AtRisk(code="docker-socket"), "who owns them", AtRisk(code="docker-socket"), id="of-a-rule"),
        pytest.param(Count("at-risk", namespace="ml"), "who owns them", AtRisk("ml"), id="of-what-was-counted"),
        pytest.param(AtRisk(), "who owns those?", Owners(), id="owners-of-everything"),
        pytest.param(AtRisk("ml"), "who owns checkout", Owners("checkout"), id="owner-of-another"),
    ],
)
def test_what_is_asked_next(before: Question, text: str, question: Question) -> None:
    assert read(text, before) == question
