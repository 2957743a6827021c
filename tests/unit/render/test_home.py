"""Somebody's Home: what it says, that it fits, and that no name harms it; and the thumbs under an answer."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from bot.core.buttons import CHOOSE, RATE, Asked, Rating, decode_rating
from bot.core.questions import Home
from bot.core.view import ClusterView
from bot.playground.slack.limits import problems
from bot.render.blocks import Message, to_message
from bot.render.compose import compose
from bot.render.home import to_home
from bot.render.limits import USED_BLOCKS
from bot.render.parts import SLACK
from tests.unit.clusters import catalogue, service
from tests.unit.conftest import Golden
from tests.unit.render.hostile import Names, check_mrkdwn, check_plain, names, texts, view_with
from tests.unit.render.slack_messages import document_of, mrkdwn_texts
from tests.unit.render.test_blocks import CLUSTERS, as_json


def home_of(view: ClusterView, *chosen: str, language: str = "en") -> Message:
    """Return the Home of somebody who chose these namespaces."""
    document = compose(service(view).ask(Home(chosen), language), catalogue(language), SLACK)
    return to_home(document, catalogue(language), Asked("home", language), chosen)


def check_home(home: Message) -> None:
    """Fail when Slack would refuse it, or anything in it notifies, links or formats unasked."""
    assert problems(list(home.blocks), surface="home") == []
    sections = [block for block in home.blocks if block["type"] != "section" or block["text"]["type"] == "mrkdwn"]
    for text in mrkdwn_texts(Message(home.text, tuple(sections))):
        check_mrkdwn(text)
    for option in menu(home).get("initial_options", ()):
        check_plain(option["text"]["text"])


def menu(home: Message) -> dict[str, Any]:
    """Return the menu of namespaces."""
    (found,) = (block["accessory"] for block in home.blocks if block.get("accessory", {}).get("action_id") == CHOOSE)
    return dict(found)


def chosen_in(view: ClusterView) -> tuple[str, ...]:
    """Return what somebody chose who chose all they could, and a namespace that is gone since."""
    return (*sorted(view.namespaces)[:9], "gone-since")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("cluster", ["healthy", "mixed", "partial", "empty", "largest", "hostile"])
def test_a_home_of_ten_namespaces(cluster: str, language: str, golden: Golden) -> None:
    view = CLUSTERS[cluster]()
    home = home_of(view, *chosen_in(view), language=language)
    check_home(home)
    golden.check(f"{cluster}-home.{language}.blocks.json", as_json(home))


def test_a_home_without_a_choice_offers_one_and_names_no_namespace_of_its_own() -> None:
    home = home_of(CLUSTERS["mixed"]())
    check_home(home)
    assert "initial_options" not in menu(home)
    assert "Your namespaces*" not in str(home.blocks)


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(names)
def test_no_name_harms_a_home(made: Names) -> None:
    view = view_with(made, is_partial=True)
    check_home(home_of(view, made.namespace, made.workload))


# The thumbs.


def rated(question: str, cluster: str = "mixed", text: str = "pods") -> Message:
    """Return an answer that asks for a verdict."""
    document = document_of(CLUSTERS[cluster](), text)
    return to_message(
        document, catalogue("en"), Asked(text, "en"), can_share=True, rating=Rating(question, "en", "at-risk", text)
    )


@pytest.mark.parametrize("cluster", ["mixed", "largest", "hostile"])
def test_the_thumbs_stand_last_and_a_full_message_has_room_for_them(cluster: str) -> None:
    message = rated("what is at risk?", cluster)
    assert problems(list(message.blocks)) == []
    assert len(message.blocks) <= USED_BLOCKS
    (element,) = message.blocks[-1]["elements"]
    assert (element["type"], element["action_id"]) == ("feedback_buttons", RATE)
    up, down = (decode_rating(element[f"{half}_button"]["value"]) for half in ("positive", "negative"))
    assert up is not None
    assert down is not None
    assert (up.is_good, down.is_good) == (True, False)
    assert (up.question, up.kind, up.words, up.language) == ("what is at risk?", "at-risk", "pods", "en")


@given(texts)
def test_whatever_was_asked_the_message_is_one_that_slack_takes(question: str) -> None:
    assert problems(list(rated(question * 50).blocks)) == []


def test_an_answer_that_no_words_ask_again_in_so_many_characters_gets_no_thumbs() -> None:
    document = document_of(CLUSTERS["mixed"](), "pods")
    rating = Rating("why?", "en", "explain", "explain " + "x" * 3000)
    message = to_message(document, catalogue("en"), Asked("pods", "en"), rating=rating)
    assert "context_actions" not in [block["type"] for block in message.blocks]
