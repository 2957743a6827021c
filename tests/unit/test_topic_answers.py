"""Topics, guides, agents, courtesies and refusals: what is answered, with a cluster and without one."""

import json
import re
from dataclasses import dataclass

import pytest

from bot.adapters.knowledge import LANGUAGES
from bot.core.answers import ExplainAnswer, NotFoundAnswer
from bot.core.questions import Clarify, Courtesy, Explain, Faq, Guide, Help, OutOfScope, Question
from bot.core.snapshot import Cause
from bot.core.topic_answers import ClarifyAnswer, FaqAnswer, GuideAnswer, TopicEntry
from bot.core.view import ClusterView
from bot.errors import ClusterError
from bot.render import limits
from bot.render.compose import compose
from bot.render.data import _plain
from bot.render.document import Asks
from bot.render.mrkdwn import to_mrkdwn
from bot.render.parts import MESSAGE, SLACK, TERMINAL
from bot.render.text import to_text
from bot.service import Service
from tests.factories import make_deployment, make_node
from tests.unit.clusters import AS_OF, DOCKER, catalogue, known, service, view_of
from tests.unit.render.hostile import visible_chars

TOPICS = known().load_topics()
EVERY = pytest.mark.parametrize("topic_id", [topic.id for topic in TOPICS])

#: What a reader of a message takes in at one go; the freshness line comes on top.
MOST_CHARS = 1500

VIEW = view_of(
    make_node("general-1", runtime=DOCKER, labels={"agentpool": "general", "cloud.google.com/gke-nodepool": "general"}),
    make_deployment("datadog-agent", namespace="monitoring", host_paths={"/var/run/docker.sock": "/s"}),
    make_deployment("web", namespace="shop"),
)


@dataclass(frozen=True)
class _Unreadable:
    def newest(self) -> ClusterView | None:
        """Return nothing: no menu is asked for here."""
        return None

    def view(self) -> ClusterView:
        raise ClusterError("unreachable", host="cluster")


def offline() -> Service:
    return Service(_Unreadable(), known(), today=lambda: AS_OF.date())


def faq(topic_id: str, view: ClusterView = VIEW, language: str = "en") -> FaqAnswer:
    answer = service(view).ask(Faq(topic_id), language)
    assert isinstance(answer, FaqAnswer)
    return answer


def text_of(question: Question, view: ClusterView = VIEW, language: str = "en") -> str:
    return to_text(compose(service(view).ask(question, language), catalogue(language), TERMINAL))


def test_a_topic_is_answered_first_and_the_cluster_comes_below() -> None:
    text = text_of(Faq("what-is-dockershim"))
    assert text.startswith("What is dockershim? dockershim was an adapter inside the kubelet")
    assert "\nHere\n- Pool general runs dockershim on 1 of 1 node (likely, not certain).\n" in text
    assert "Checked 2026-11-22: kubernetes.io: dockershim-faq <https://" in text


def test_a_topic_about_no_cluster_is_answered_without_one() -> None:
    (topic,) = [topic for topic in TOPICS if topic.id == "why-removed"]
    assert topic.cluster == ()
    answer = offline().ask(Faq("why-removed"), "en")
    assert isinstance(answer, FaqAnswer)
    assert (answer.seen, answer.unread) == (None, None)


def test_a_topic_says_when_the_cluster_could_not_be_read() -> None:
    answer = offline().ask(Faq("what-is-dockershim"), "en")
    assert isinstance(answer, FaqAnswer)
    assert (answer.notes, answer.unread) == ((), ("unreachable", {"host": "cluster"}))
    text = to_text(compose(answer, catalogue("en"), MESSAGE))
    assert text.startswith("What is dockershim? dockershim was an adapter")
    assert "it could not be read" in text


def test_a_topic_nobody_wrote_is_not_found() -> None:
    answer = service(VIEW).ask(Faq("what-is-dockershm"), "en")
    assert isinstance(answer, NotFoundAnswer)
    assert "what-is-dockershim" in answer.near


@pytest.mark.parametrize("language", LANGUAGES)
@EVERY
def test_a_topic_fits_what_a_reader_takes_in(topic_id: str, language: str) -> None:
    document = compose(faq(topic_id, language=language), catalogue(language), SLACK)[:-1]
    text = to_mrkdwn(document, catalogue(language), f"faq {topic_id}")
    assert visible_chars(text) <= MOST_CHARS
    assert not any(line.endswith("…") for line in text.split("\n"))
    assert max(map(len, text.split("\n"))) < limits.SECTION_CHARS


@pytest.mark.parametrize("language", LANGUAGES)
@EVERY
def test_a_topics_first_sentence_is_a_sentence(topic_id: str, language: str) -> None:
    topic = known().topic(topic_id)
    assert topic is not None
    first, rest = topic.entry(language).sentences
    assert f"{first} {rest}".split() == topic.answers[language].split()
    assert first.count("`") % 2 == 0
    assert len(first) >= 8
    assert rest


@pytest.mark.parametrize(
    ("answer", "first"),
    [
        ("It works. Go.", "It works."),
        ("No. They do not. Go.", "No. They do not."),
        ("Use e.g. `ctr images ls`. Then go.", "Use e.g. `ctr images ls`."),
        ("Run `a. b` now. Then go.", "Run `a. b` now."),
        ("From 1.24 on. Then go.", "From 1.24 on."),
        ("Only one.", "Only one."),
    ],
)
def test_a_sentence_ends_neither_in_code_nor_at_an_abbreviation(answer: str, first: str) -> None:
    assert TopicEntry("a", "A?", answer, "", (), AS_OF.date()).sentences[0] == first


@pytest.mark.parametrize(
    ("words", "topic"),
    [("datadog", "agent-datadog"), ("Datadog Agent", "agent-datadog"), ("gke", "gke"), ("EKS", "eks")],
)
def test_a_guide_for_a_product_is_what_is_known_of_it(words: str, topic: str) -> None:
    answer = service(VIEW).ask(Guide(words), "en")
    assert isinstance(answer, FaqAnswer)
    assert answer.topic.id == topic


@pytest.mark.parametrize("words", ["docker-socket", "cni-errors", "containerd", "faq"])
def test_a_guides_own_word_still_finds_the_guide(words: str) -> None:
    assert isinstance(service(VIEW).ask(Guide(words), "en"), GuideAnswer)


def test_a_workload_known_by_its_name_is_explained_with_the_product() -> None:
    answer = service(VIEW).ask(Explain("datadog-agent"), "en")
    assert isinstance(answer, ExplainAnswer)
    assert answer.agent is not None
    assert answer.agent.topic.id == "agent-datadog"
    text = text_of(Explain("datadog-agent"))
    (note,) = (line for line in text.split("\n") if line.startswith("Note (by its name)"))
    assert "The Datadog Agent works without Docker from 7.27 on" in note
    assert note.endswith("As this workload is set up here, it depends on Docker (see above).")
    assert re.search(r"\nMore +unshim ask faq agent-datadog\n", text)


@pytest.mark.parametrize("language", LANGUAGES)
@EVERY
def test_what_a_topic_is_about_is_in_its_first_line(topic_id: str, language: str) -> None:
    """People ask for one thing in many ways: an answer has to be understood without the question."""
    topic = known().topic(topic_id)
    assert topic is not None
    entry, text = topic.entry(language), text_of(Faq(topic_id), language=language)
    if topic.agents:
        says = {"en": "without Docker", "ko": "도커 없이"}[language]
        assert entry.is_product
        assert says in entry.sentences[0]
        assert not text.startswith(entry.title)
    else:
        assert text.startswith(entry.title)


def test_a_workload_of_no_known_product_is_explained_by_itself() -> None:
    answer = service(VIEW).ask(Explain("web"), "en")
    assert isinstance(answer, ExplainAnswer)
    assert answer.agent is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_readings_are_lines_with_their_commands_and_buttons(language: str) -> None:
    answer = service(VIEW).ask(Clarify(("nodes docker", "faq what-is-dockershim")), language)
    assert isinstance(answer, ClarifyAnswer)
    text = to_text(compose(answer, catalogue(language), TERMINAL))
    assert "unshim ask nodes docker" in text
    assert "unshim ask faq what-is-dockershim" in text
    (asks,) = [element for element in compose(answer, catalogue(language), SLACK) if isinstance(element, Asks)]
    assert [ask.words for ask in asks.asks] == ["nodes docker", "faq what-is-dockershim"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "question", [*map(Courtesy, ("greeting", "thanks")), *map(OutOfScope, ("action", "secret", "other"))]
)
def test_a_word_back_and_a_refusal_are_short(question: Question, language: str) -> None:
    text = text_of(question, language=language)
    assert 0 < len(text) < 400
    assert "{" not in text


@pytest.mark.parametrize(
    "question", [Faq("gpu-nodes"), Guide("gke"), Courtesy("thanks"), OutOfScope("other"), Clarify(("status", "pods"))]
)
def test_every_such_answer_is_json(question: Question) -> None:
    answer = service(view_of(unread={"pods": Cause.FORBIDDEN})).ask(question, "en")
    json.dumps(_plain(answer, catalogue("en")), allow_nan=False)


@pytest.mark.parametrize(
    ("nearest", "words"),
    [("drain NODE", "nodes docker"), ("faq TOPIC", "guide"), ("explain NAMESPACE/NAME", "pods"), ("nodes", "nodes")],
)
def test_a_question_without_its_name_offers_what_lists_names(nearest: str, words: str) -> None:
    document = compose(service(VIEW).ask(Help("x", nearest), "en"), catalogue("en"), SLACK)
    (asks,) = [element for element in document if isinstance(element, Asks)]
    assert [ask.words for ask in asks.asks] == [words, "help"]
