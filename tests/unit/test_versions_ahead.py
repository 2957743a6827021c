"""Nodes of a version that no node has yet: "none" alone would read as an all-clear."""

import pytest

from bot.core.answers import NodesAnswer
from bot.core.milestones import ahead
from bot.core.move_answers import CountAnswer
from tests.factories import make_node
from tests.unit.clusters import ask, known, text_of, view_of

VIEW = view_of(make_node("old", kubelet="v1.23.6"), make_node("new", kubelet="v1.24.17"), version="v1.26.3")
WORDS = {"en": "1.38 is a date of the calendar: unshim ask when 1.38", "ko": "1.38 버전은 일정에 있습니다"}


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("text", ["nodes 1.38", "nodes 1.38 containerd", "count nodes 1.38", "count pods 1.38"])
def test_a_version_of_the_calendar_that_is_ahead_leads_to_its_date(text: str, language: str) -> None:
    answer = ask(VIEW, text)
    assert isinstance(answer, NodesAnswer | CountAnswer)
    assert answer.ahead == "1.38"
    assert WORDS[language] in text_of(VIEW, text, language)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("nodes 1.23", id="nodes-have-it"),
        pytest.param("nodes 1.22", id="nodes-are-beyond"),
        pytest.param("nodes 1.24 docker", id="a-node-has-reached-it"),
        pytest.param("nodes 1.37", id="not-in-the-calendar"),
        pytest.param("nodes cordoned", id="no-version"),
    ],
)
def test_other_nodes_that_are_not_there_are_just_none(text: str) -> None:
    answer = ask(VIEW, text)
    assert isinstance(answer, NodesAnswer)
    assert answer.ahead is None


def test_an_api_server_that_has_reached_a_version_is_no_longer_before_its_date() -> None:
    calendar, nodes = known().calendar, VIEW.nodes
    assert ahead(calendar, "1.38", nodes, "v1.37.0") == "1.38"
    assert ahead(calendar, "1.38", nodes, "v1.38.0") is None
    assert ahead(calendar, "1.38.1", nodes, None) == "1.38"
    assert ahead(calendar, "soon", nodes, None) is None
