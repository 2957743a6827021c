"""The data files: they load, they agree with each other and with the code, and every fact has a source and a date."""

import json
import re
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.knowledge import LANGUAGES, load_catalogue, load_grammar, load_knowledge, load_pools
from bot.core.rules import RULES
from bot.core.runtimes import Runtime
from bot.core.understand import COMMANDS
from bot.core.versions import parse
from bot.playground import demo_cluster
from tests.corpus.labelled import CODES

DATA = Path(str(resources.files("bot.data")))


def raw(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def test_every_data_file_loads() -> None:
    known = load_knowledge()
    assert known.guides
    assert known.calendar
    assert known.agents.known
    assert load_pools(None).keys
    assert load_pools("group").pool_label == "group"
    assert set(load_grammar().words.values()) == set(COMMANDS)
    assert {load_catalogue(language).language for language in LANGUAGES} == set(LANGUAGES)


def test_no_data_file_is_left_unread() -> None:
    files = {str(path.relative_to(DATA)) for path in DATA.rglob("*") if path.suffix in (".toml", ".json")}
    read = {
        "guides.toml",
        "milestones.toml",
        "agents.toml",
        "pools.toml",
        "grammar.toml",
        "words.toml",
        "concepts.toml",
        "phrases/en.toml",
        "phrases/ko.toml",
        "slack_app.toml",
        "demo.json",
    }
    topics = {name for name in files if name.startswith("faq/") and name.endswith(".toml")}
    assert files - topics == read | {f"messages/{language}.toml" for language in LANGUAGES}


def test_every_rule_code_has_exactly_one_guide() -> None:
    linked = [rule for guide in load_knowledge().guides for rule in guide.rules]
    assert sorted(linked) == sorted(set(linked))
    assert set(linked) == {*CODES} | {rule.code for rule in RULES}


def test_every_rule_code_is_of_the_design_and_used_once() -> None:
    codes = [rule.code for rule in RULES]
    assert set(codes) <= {*CODES}
    assert len(codes) == len(set(codes))


def test_a_guides_id_is_unique_and_its_topics_lead_to_it_alone() -> None:
    guides = load_knowledge().guides
    assert len({guide.id for guide in guides}) == len(guides)
    topics = [topic for guide in guides for topic in guide.topics]
    assert sorted(topics) == sorted(set(topics))
    for guide in guides:
        assert not set(guide.topics) & {other.id for other in guides if other is not guide}
        assert all(topic == topic.lower() for topic in guide.topics)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_guide_can_be_read_in_every_language(language: str) -> None:
    for guide in load_knowledge().guides:
        entry = guide.entry(language)
        assert entry.title.strip(), guide.id
        assert entry.covers.strip(), guide.id
        assert entry.url.startswith("https://"), guide.id
        assert entry.is_fallback == (language not in guide.urls)


@pytest.mark.parametrize("name", ["guides.toml", "milestones.toml", "pools.toml", "agents.toml"])
def test_every_entry_carries_its_source_and_the_day_it_was_checked(name: str) -> None:
    for kind, entries in raw(name).items():
        for entry in entries:
            assert entry.get("source") or entry.get("sources"), (kind, entry)
            assert isinstance(entry["checked"], date), (kind, entry)


def test_every_link_of_the_data_is_https() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DATA.glob("*.toml"))
    assert "https://" in text
    assert re.findall(r"\bhttp://\S+", text) == []
    for milestone in load_knowledge().calendar:
        links = [*milestone.sources, *(earlier.source for earlier in milestone.earlier)]
        assert links
        assert all(link.startswith("https://") for link in links)


#: Version of every milestone to its day, as in the sources.
DAYS = {
    "1.20": date(2020, 12, 8),
    "1.22": date(2021, 8, 4),
    "1.23": date(2021, 12, 7),
    "1.24": date(2022, 5, 3),
    "1.26": date(2022, 12, 9),
    "1.27": date(2023, 4, 11),
    "1.6": date(2025, 8, 23),
    "1.34": date(2025, 8, 27),
    "2.0": date(2025, 11, 7),
    "1.35": date(2025, 12, 17),
    "1.7": date(2026, 3, 10),
    "2.1": date(2026, 7, 3),
    "2.2": date(2026, 11, 6),
    "1.38": date(2026, 12, 16),
    "2.3": date(2028, 4, 30),
}

CLAUSE_KEYS = {
    "runtime",
    "kubelet_from",
    "kubelet_below",
    "runtime_version_from",
    "runtime_version_below",
    "findings",
}

ENTRY_KEYS = {
    "id": str,
    "version": str,
    "date": date,
    "kind": str,
    "state": str,
    "confirmed": bool,
    "checked": date,
    "sources": list,
    "affects": list,
    "earlier": list,
    **dict.fromkeys(("title", "headline", "breaks", "plan", "outcome", "todo"), dict),
}
OPTIONAL_KEYS = {"product": str, "guides": list, "support_ends": date, "unsure": list}


def entries() -> list[Any]:
    return [pytest.param(entry, id=str(entry.get("id"))) for entry in raw("milestones.toml")["milestone"]]


def test_the_calendar_holds_the_milestones_asked_for_in_order() -> None:
    calendar = load_knowledge().calendar
    assert {milestone.version: milestone.day for milestone in calendar} == DAYS
    assert [milestone.version for milestone in calendar] == list(DAYS)
    assert [milestone.day for milestone in calendar] == sorted(milestone.day for milestone in calendar)
    assert len({milestone.id for milestone in calendar}) == len(calendar)


@pytest.mark.parametrize("entry", entries())
def test_an_entry_of_the_calendar_has_every_field_and_no_other(entry: dict[str, Any]) -> None:
    assert set(entry) - set(OPTIONAL_KEYS) == set(ENTRY_KEYS)
    for key, value in entry.items():
        assert type(value) is (ENTRY_KEYS | OPTIONAL_KEYS)[key], key
    assert parse(entry["version"]) is not None
    product = entry.get("product", "kubernetes")
    assert product in ("kubernetes", "containerd")
    assert entry["id"] == f"{product}-{entry['version']}"
    assert entry["sources"]
    assert all(source.startswith("https://") for source in entry["sources"])


@pytest.mark.parametrize("entry", entries())
def test_a_milestone_says_what_kind_it_is_and_whether_it_happened(entry: dict[str, Any]) -> None:
    assert entry["kind"] in ("deprecation", "plan", "end-of-support", "removal")
    assert entry["state"] in ("happened", "planned")
    assert entry["confirmed"] or entry["state"] == "planned" or entry["kind"] == "end-of-support"
    assert (entry["state"] == "planned") == (entry["date"] > entry["checked"])
    assert (entry.get("product") == "containerd") == (entry["kind"] == "end-of-support")


@pytest.mark.parametrize("entry", entries())
def test_a_milestones_clauses_name_known_runtimes_versions_and_codes(entry: dict[str, Any]) -> None:
    clauses = [*entry["affects"], *entry.get("unsure", [])]
    assert clauses
    for clause in clauses:
        assert clause
        assert set(clause) <= CLAUSE_KEYS
        assert clause.get("runtime", "unknown") in list(Runtime)
        assert all(parse(clause[key]) for key in clause if key.endswith(("_below", "_from")))
        assert set(clause.get("findings", ())) <= {*CODES}


@pytest.mark.parametrize("entry", entries())
def test_an_earlier_value_has_a_day_a_value_and_a_source_in_the_order_they_were_said(entry: dict[str, Any]) -> None:
    for earlier in entry["earlier"]:
        assert set(earlier) == {"said", "value", "source"}
        assert type(earlier["said"]) is date
        assert parse(earlier["value"]) is not None
        assert earlier["source"].startswith("https://")
    said = [earlier["said"] for earlier in entry["earlier"]]
    assert said == sorted(said)


@pytest.mark.parametrize("entry", entries())
def test_an_entry_was_checked_when_its_newest_change_was_known(entry: dict[str, Any]) -> None:
    """Of two calendars with different dates the one checked later counts."""
    assert all(earlier["said"] <= entry["checked"] for earlier in entry["earlier"])


@pytest.mark.parametrize("entry", entries())
def test_a_milestones_texts_are_there_in_every_language_and_name_its_version(entry: dict[str, Any]) -> None:
    for field in ("title", "headline", "breaks", "plan", "outcome", "todo"):
        assert set(entry[field]) == set(LANGUAGES), field
    for language in LANGUAGES:
        assert entry["version"] in entry["title"][language]
        assert entry["version"] in entry["headline"][language]
        assert not entry["headline"][language].endswith(".")


def test_what_is_planned_and_was_said_otherwise_before_has_moved() -> None:
    states = {milestone.version: milestone.state for milestone in load_knowledge().calendar}
    assert (states["1.38"], states["2.3"]) == ("moved", "planned")
    assert {state for version, state in states.items() if version not in ("1.38", "2.3")} == {"happened"}


def test_no_clause_concerns_cri_dockerd() -> None:
    """On cri-dockerd no Kubernetes date forces a move (DESIGN section 3)."""
    for milestone in load_knowledge().calendar:
        assert all(clause.runtime is not Runtime.CRI_DOCKERD for clause in milestone.affects)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_milestone_can_be_read_in_every_language(language: str) -> None:
    for milestone in load_knowledge().calendar:
        for field in ("title", "headline", "breaks", "plan", "outcome", "todo"):
            text = milestone.texts[language][field]
            assert text.strip(), (milestone.id, field)
            assert "\n" not in text.strip(), (milestone.id, field)


def test_a_word_means_one_command_only() -> None:
    words = [word for of in raw("grammar.toml").values() for word in of]
    assert len(words) == len(set(words))
    assert all(word == word.lower() for word in words)


def test_the_shipped_demo_is_the_one_the_script_makes() -> None:
    shipped = json.loads((DATA / "demo.json").read_text(encoding="utf-8"))
    assert shipped == json.loads(json.dumps(demo_cluster.build()))
