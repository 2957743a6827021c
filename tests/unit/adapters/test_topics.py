"""The topics: each can be read in both languages, has sources and a date, and what it points at exists."""

import re
import subprocess
import sys
from collections import Counter
from datetime import date
from typing import Any

import pytest

from bot.adapters.knowledge import LANGUAGES, faq_items, load_knowledge
from bot.core.notes import is_note
from tests.unit.adapters.test_knowledge import CODES

ITEMS = faq_items()
EVERY = pytest.mark.parametrize("item", ITEMS, ids=[item["id"] for item in ITEMS])

#: A full stop that ends no sentence: abbreviations, and whatever stands in backticks.
_NO_END = re.compile(r"`[^`]*`|\b(?:e\.g|i\.e|etc|vs|approx|no)\.(?=\s+[a-z0-9(])")


def sentences(text: str) -> int:
    return len(re.findall(r"[.!?][)\"'”]?(?=\s|$)", _NO_END.sub("x", text.strip())))


def test_no_two_topics_have_one_id() -> None:
    assert [name for name, n in Counter(item["id"] for item in ITEMS).items() if n > 1] == []


@EVERY
def test_a_topic_is_whole(item: dict[str, Any]) -> None:
    wanted = {"id", "checked", "sources", "guides", "cluster", "agents", "title", "answer", "mistake", "asks"}
    assert wanted <= set(item) <= wanted | {"works_since", "link"}
    assert re.fullmatch(r"\d+(\.\d+)+", item.get("works_since", "1.0"))
    assert item.get("link", "https://").startswith("https://")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", item["id"])
    assert all(set(item[key]) == set(LANGUAGES) for key in ("title", "answer", "mistake", "asks"))
    assert all(item["title"][language].strip() for language in LANGUAGES)
    assert len(item["title"]["en"]) <= 70


@pytest.mark.parametrize("language", LANGUAGES)
@EVERY
def test_a_topics_answer_has_two_to_five_sentences(item: dict[str, Any], language: str) -> None:
    text = item["answer"][language]
    assert 2 <= sentences(text) <= 5, text
    assert "\n" not in text.strip()
    assert sentences(item["mistake"][language]) <= 2


@EVERY
def test_a_mistake_does_not_say_again_that_it_is_one(item: dict[str, Any]) -> None:
    """The label before it has said so: "Common mistake: Not true: …" reads as if the opposite were the mistake."""
    assert not item["mistake"]["en"].startswith("Not ")
    assert "사실이 아" not in item["mistake"]["ko"]


@pytest.mark.parametrize("language", LANGUAGES)
@EVERY
def test_backticks_of_a_topic_come_in_pairs(item: dict[str, Any], language: str) -> None:
    assert item["answer"][language].count("`") % 2 == 0
    assert item["mistake"][language].count("`") % 2 == 0
    assert "`" not in item["title"][language]


@EVERY
def test_a_topic_names_https_sources_and_the_day_they_were_read(item: dict[str, Any]) -> None:
    assert isinstance(item["checked"], date)
    assert item["sources"]
    assert all(re.fullmatch(r"https://[^\s<>|`]+", source) for source in item["sources"])


@EVERY
def test_a_topics_guides_and_notes_exist(item: dict[str, Any]) -> None:
    guides = {guide.id for guide in load_knowledge().guides}
    assert set(item["guides"]) <= guides
    assert [note for note in item["cluster"] if not is_note(note)] == []
    assert {note.partition(":")[2] for note in item["cluster"] if ":" in note} <= {*CODES}
    assert ("agent" in item["cluster"]) <= bool(item["agents"])
    assert all(agent == agent.lower() and agent.strip() for agent in item["agents"])


@pytest.mark.parametrize("language", LANGUAGES)
@EVERY
def test_a_topic_is_asked_in_many_ways(item: dict[str, Any], language: str) -> None:
    assert len(item["asks"][language]) >= 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_ask_two_topics(language: str) -> None:
    asked = Counter(ask.strip().lower() for item in ITEMS for ask in item["asks"][language])
    assert [ask for ask, n in asked.items() if n > 1] == []


def test_no_product_is_meant_by_two_topics() -> None:
    agents = Counter(agent for item in ITEMS for agent in item["agents"])
    assert [agent for agent, n in agents.items() if n > 1] == []


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("datadog-cluster-agent", "agent-datadog"),
        ("fluentd-cloudwatch", "agent-container-insights"),
        ("aws-node", "agent-vpc-cni"),
        ("aws-node-termination-handler", None),
        ("falco", "agent-falco"),
        ("falcon-sensor", None),
        ("nri-bundle-nri-kubernetes", "agent-new-relic"),
        ("argo-workflows-workflow-controller", "agent-argo-workflows"),
        ("elasticsearch", None),
    ],
)
def test_a_workloads_name_tells_the_product_it_is(name: str, topic: str | None) -> None:
    found = load_knowledge().agent(name)
    assert (found and found.id) == topic


def test_the_status_reads_no_topics() -> None:
    """They take a third of a second, and the status is asked most."""
    program = (
        "import sys; from bot.__main__ import main; from bot.adapters.knowledge import faq_items\n"
        "main(['ask', 'status', '--demo'])\n"
        "sys.stderr.write(str(faq_items.cache_info().misses))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (result.stderr, "nodes" in result.stdout) == ("0", True)
