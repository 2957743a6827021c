"""Words to a question: every command word of both languages, its arguments, and what is not understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.questions import (
    AtRisk,
    Changes,
    Count,
    Drain,
    Explain,
    Export,
    Faq,
    Guide,
    Help,
    Manage,
    Milestone,
    Milestones,
    Nodes,
    NodeState,
    Owners,
    Progress,
    Question,
    Safe,
    ServerVersion,
    Status,
    Trend,
    Upgrade,
    Where,
)
from bot.core.runtimes import Runtime
from bot.core.understand import COMMANDS, language_of, understand, words_of
from tests.unit.clusters import grammar

PLAIN: dict[str, Question] = {
    "status": Status(),
    "nodes": Nodes(),
    "pods": AtRisk(),
    "explain": Help(unknown="explain", nearest="explain NAMESPACE/NAME"),
    "guide": Guide(),
    "milestones": Milestones(),
    "export": Export(),
    "help": Help(),
    "safe": Safe(),
    "where": Help(unknown="where", nearest="where NAMESPACE/NAME"),
    "drain": Help(unknown="drain", nearest="drain NODE"),
    "node-state": Help(unknown="node-state", nearest="node-state NODE"),
    "count": Count("nodes"),
    "progress": Progress(),
    "upgrade": Upgrade(),
    "version": ServerVersion(),
    "when": Milestone(),
    "owners": Owners(),
    "trend": Trend(),
    "changes": Changes(),
    "faq": Help(unknown="faq", nearest="faq TOPIC"),
    "digest": Manage("digest"),
}


def asked(text: str) -> Question:
    return understand(text, grammar())


@pytest.mark.parametrize(
    ("word", "command"),
    [pytest.param(word, command, id=f"{command}-{word}") for word, command in grammar().words.items()],
)
@pytest.mark.parametrize("shape", ["{}", "/runtime {}", "runtime {}", "{}?", "`{}`", "{}:", "  {}\n"])
def test_every_word_of_the_grammar_is_understood(word: str, command: str, shape: str) -> None:
    if not word.isalnum() and "-" not in word:
        shape = shape.strip("`?:")  # a word of punctuation alone has none around it
    for spelling in (word, word.upper(), word.capitalize()):
        assert asked(shape.format(spelling)) == PLAIN[command]


def test_every_command_has_words_in_english_and_korean() -> None:
    assert set(grammar().words.values()) == set(COMMANDS) == set(PLAIN)
    for command in COMMANDS:
        languages = {language_of(word) for word, of in grammar().words.items() if of == command}
        assert languages == {"en", "ko"}


DOCKER = (Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("status pool-a", Status("pool-a")),
        ("status pool pool-a", Status("pool-a")),
        ("status node n-1", Status("n-1")),
        ("status pool", Status("pool")),
        ("status m5.large / Flatcar / 1.23 / dockershim", Status("m5.large / Flatcar / 1.23 / dockershim")),
        ("상태 pool-a", Status("pool-a")),
        ("nodes docker", Nodes(DOCKER)),
        ("nodes Docker", Nodes(DOCKER)),
        ("nodes runtime=docker", Nodes(DOCKER)),
        ("nodes containerd cri-o", Nodes((Runtime.CONTAINERD, Runtime.CRI_O))),
        ("nodes docker dockershim", Nodes(DOCKER)),
        ("nodes unknown", Nodes((Runtime.UNKNOWN,))),
        ("nodes 1.23", Nodes(version="1.23")),
        ("nodes v1.23.4", Nodes(version="1.23.4")),
        ("nodes version=1.23", Nodes(version="1.23")),
        ("nodes kubelet=v1.23", Nodes(version="1.23")),
        ("nodes ready", Nodes(ready=True)),
        ("nodes NotReady", Nodes(ready=False)),
        ("nodes not-ready", Nodes(ready=False)),
        ("nodes cordoned a", Nodes(pool="a", cordoned=True)),
        ("nodes schedulable", Nodes(cordoned=False)),
        ("count nodes cordoned", Count("nodes", cordoned=True)),
        ("nodes pool-a", Nodes(pool="pool-a")),
        ("nodes pool=pool-a", Nodes(pool="pool-a")),
        ("nodes in pool pool-a", Nodes(pool="pool-a")),
        ("nodes name=n-1", Nodes(name="n-1")),
        ("nodes node=n-1", Nodes(name="n-1")),
        ("nodes pool=docker", Nodes(pool="docker")),
        ("nodes pool=1.23", Nodes(pool="1.23")),
        ("nodes `` ? pool-a", Nodes(pool="pool-a")),
        ("nodes docker 1.23 notready pool-a", Nodes(DOCKER, "pool-a", "1.23", None, False)),
        ("pods payments", AtRisk("payments")),
        ("pods in payments", AtRisk("payments")),
        ("pods in namespace payments", AtRisk("payments")),
        ("pods payments/web", AtRisk(workload="payments/web")),
        ("pods `payments`", AtRisk("payments")),
        ("파드 payments", AtRisk("payments")),
        ("explain payments/web", Explain("payments/web")),
        ("explain payments/Deployment/web", Explain("payments/Deployment/web")),
        ("why `web`", Explain("web")),
        ("왜 web", Explain("web")),
        ("guide docker-socket", Guide("docker-socket")),
        ("guide cgroup driver", Guide("cgroup driver")),
        ("가이드 소켓", Guide("소켓")),
        ("milestones whatever follows", Milestones()),
        ("blind", Changes()),
        ("missed 3d", Changes(days=3)),
        ("놓친", Changes()),
        ("help me", Help()),
    ],
)
def test_what_follows_the_command_narrows_the_question(text: str, question: Question) -> None:
    assert asked(text) == question


@pytest.mark.parametrize(
    "question",
    [
        Status("a"),
        Nodes(DOCKER, "a", "1.23", "n-1", False),
        Nodes((Runtime.CONTAINERD, Runtime.CRI_O)),
        Count("nodes", DOCKER, "ready", "1.23", True),
        Count("pods", namespace="web", owner="Team A"),
        Where("web/Deployment/front"),
        Drain("n-1"),
        NodeState("n-1"),
        NodeState("n-1", "kubelet"),
        ServerVersion(),
        Progress("a"),
        Upgrade("1.24"),
        Safe("web"),
        Safe("Team A", "owner"),
        Safe("a", "pool"),
        AtRisk("web"),
        AtRisk(workload="web/front"),
        AtRisk("web", owner="Team A", code="docker-socket", pool="a"),
        Explain("web/front"),
        Guide("docker-socket"),
        Milestone("1.24"),
        Owners("web"),
        Export(nodes=True),
        Faq("images-still-work"),
    ],
    ids=words_of,
)
def test_a_question_becomes_the_words_that_ask_it(question: Question) -> None:
    assert asked(words_of(question)) == question


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t", "/runtime", "runtime", "/RUNTIME ", "<!channel>", "<@U1> <!here>", "\u3000"]
)
def test_nothing_asked_is_help(text: str) -> None:
    assert asked(text) == Help()


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        pytest.param("statsu", "status", id="letters-swapped"),
        pytest.param("satus pool-a", "status pool-a", id="the-rest-is-kept"),
        pytest.param("stats of my pool-a", "status", id="of-a-sentence-only-the-command"),
        pytest.param("is pods", "pods", id="a-short-word-is-not-mistyped"),
        pytest.param("mileston", "milestones", id="letter-missing"),
        pytest.param("explian payments/web", "explain payments/web", id="explain"),
        pytest.param("noeds docker", "nodes docker", id="nodes"),
        pytest.param("마일스토", "milestones", id="korean"),
        pytest.param("please show the nodes", "nodes", id="a-command-in-the-middle"),
        pytest.param("xyzzy", None, id="nothing-near"),
        pytest.param("🐳", None, id="emoji"),
    ],
)
def test_an_unknown_word_gets_help_and_the_nearest_question(text: str, nearest: str | None) -> None:
    assert asked(text) == Help(unknown=text, nearest=nearest)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("status", "en"),
        ("", "en"),
        ("상태", "ko"),
        ("status 상태", "ko"),
        ("ㅋㅋ", "ko"),
        ("状態", "en"),
        ("статус", "en"),
    ],
)
def test_any_hangul_makes_a_question_korean(text: str, language: str) -> None:
    assert language_of(text) == language


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    assert asked(text) is not None


@given(st.sampled_from(sorted(grammar().words)), st.lists(st.text(max_size=12), max_size=6))
def test_no_argument_of_a_command_makes_it_raise(word: str, rest: list[str]) -> None:
    assert asked(" ".join([word, *rest])) is not None


@given(
    st.lists(st.sampled_from(["=", "`", "pool=", "version=1.2", "docker", "/", "//", "a/b", "in", "pool", "", "v1."]))
)
def test_no_mixture_of_filters_makes_it_raise(words: list[str]) -> None:
    for command in COMMANDS:
        assert asked(" ".join([command, *words])) is not None
