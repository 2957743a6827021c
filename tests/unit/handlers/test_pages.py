"""The Home, questions to begin with, the notice that a question is looked at, and what somebody asks of a message."""

import time
from typing import Any

import pytest
from slack_bolt import BoltRequest

from bot.core.buttons import CHOOSE, CHOSEN
from bot.core.view import ClusterView
from bot.errors import ClusterError, SlackRefusedError
from bot.playground.slack import limits
from bot.playground.slack.workspace import TEAM
from bot.render.home import matching
from tests.factories import make_deployment, make_node
from tests.unit.clusters import view_of
from tests.unit.handlers.ports import Sent
from tests.unit.handlers.slack import RESPONSE_URL, Body, Slack, sentence


@pytest.fixture
def slack() -> Slack:
    """Return a workspace with a bot that sees two namespaces."""
    found = Slack()
    found.source.shown = view_of(
        make_node("on-docker", runtime="docker://20.10.24"),
        make_deployment("builder", namespace="ci", host_paths={"/var/run/docker.sock": "/s"}),
        make_deployment("web", namespace="staging"),
    )
    return found


def opened(slack: Slack, tab: str = "home", user: str = "U0ALICE") -> list[Sent]:
    """Return what somebody gets who opens the bot's page."""
    before = len(slack.posted.sent)
    event = {"type": "app_home_opened", "user": user, "channel": "D" + user[1:], "tab": tab, "event_ts": "1.2"}
    body = slack.event_body("message", "", user, "D" + user[1:])
    slack.deliver({**body, "event": event})
    slack.work.run()
    return slack.posted.sent[before:]


def interaction(slack: Slack, user: str, **changes: Any) -> Body:
    """Return a body without a message and a channel, as a click on the Home has it."""
    body = slack.click_body("", user=user)
    container = {"type": "view", "view_id": "V0HOME"}
    kept = {key: value for key, value in body.items() if key not in ("channel", "message", "response_url")}
    return {**kept, "container": container, **changes}


def choose(slack: Slack, *names: str, user: str = "U0ALICE") -> list[Sent]:
    """Return what becomes of a choice of namespaces."""
    before = len(slack.posted.sent)
    options = [{"text": {"type": "plain_text", "text": name}, "value": name} for name in names]
    action = {"type": "multi_external_select", "action_id": CHOOSE, "block_id": "b", "selected_options": options}
    slack.deliver(interaction(slack, user, actions=[action]))
    slack.work.run()
    return slack.posted.sent[before:]


def shown(sent: Sent) -> str:
    """Return every text of a Home."""
    assert sent.message is not None
    assert limits.problems(list(sent.message.blocks), surface="home") == []
    return str(sent.message.blocks)


def test_the_home_shows_the_cluster_to_who_opens_it(slack: Slack) -> None:
    (home,) = opened(slack)
    assert (home.via, home.place) == ("publish", "U0ALICE")
    assert "1 of 1 node still runs on Docker" in shown(home)
    assert CHOOSE in shown(home)


def test_it_is_in_the_language_of_the_person(slack: Slack) -> None:
    user = next(user.id for user in slack.workspace.users.values() if user.locale == "ko-KR")
    (home,) = opened(slack, user=user)
    assert "네임스페이스" in shown(home)


def test_it_is_not_made_again_within_a_minute(slack: Slack) -> None:
    assert len(opened(slack)) == 1
    assert opened(slack) == []
    assert [outcome for _, _, outcome in slack.counted.outcomes] == ["answered", "fresh"]
    assert len(opened(slack, user="U0MINJI")) == 1


def test_chosen_namespaces_are_shown_at_once_and_the_next_time(slack: Slack) -> None:
    opened(slack)
    (home,) = choose(slack, "ci", "gone")
    assert "1 workload at risk" in shown(home)
    assert sentence("home.unseen") in shown(home)
    assert slack.memory.homes == {"U0ALICE": ("ci", "gone")}
    assert "staging" not in shown(home)


def test_a_choice_without_room_is_said_to_be_lost(slack: Slack) -> None:
    slack.work.is_full = True
    (told,) = choose(slack, "ci")
    assert sentence("notice.busy") in shown(told)
    assert slack.memory.homes == {}


def test_the_menu_waits_for_no_cluster(slack: Slack) -> None:
    slack.source.error = ClusterError("not-read-yet")
    body = interaction(slack, "U0ALICE", type="block_suggestion", action_id=CHOOSE, block_id="b", value="")
    assert options_of(slack.app.dispatch(BoltRequest(mode="socket_mode", body=body)).body) == []


def test_no_more_namespaces_are_kept_than_a_home_shows(slack: Slack) -> None:
    choose(slack, *(f"namespace-{number}" for number in range(50)))
    assert len(slack.memory.homes["U0ALICE"]) == CHOSEN


def test_without_a_database_nothing_can_be_chosen(slack: Slack) -> None:
    slack.memory.is_down = True
    (home,) = opened(slack)
    assert CHOOSE not in shown(home)


def test_people_of_elsewhere_see_why_they_see_nothing(slack: Slack) -> None:
    (home,) = opened(slack, user="U0GUEST")
    assert home.via == "publish"
    assert "builder" not in shown(home)
    assert sentence("refused.team") in shown(home)
    assert choose(slack, "ci", user="U0GUEST")[0].via == "publish"
    assert slack.memory.homes == {}


def test_a_cluster_that_was_never_read_is_said_on_the_home_and_tried_again(slack: Slack) -> None:
    slack.source.error = ClusterError("not-read-yet")
    (home,) = opened(slack)
    assert home.via == "publish"
    assert sentence("error.not-read-yet") in shown(home)
    slack.source.error = None
    assert len(opened(slack)) == 1


def test_a_home_that_slack_does_not_take_is_no_message_to_anybody(slack: Slack) -> None:
    slack.posted.refuse(
        SlackRefusedError("slack-refused", method="views.publish", code="not_enabled", needed=""), "publish"
    )
    assert opened(slack) == []


def test_another_tab_is_nothing_to_answer(slack: Slack) -> None:
    assert opened(slack, tab="about") == []
    assert slack.counted.outcomes == []


def test_a_button_of_the_home_is_answered_by_direct_message(slack: Slack) -> None:
    (home,) = opened(slack)
    assert home.message is not None
    button = next(block for block in home.message.blocks if block["type"] == "actions")["elements"][0]
    slack.deliver(interaction(slack, "U0ALICE", actions=[{**button, "block_id": "b"}]))
    slack.work.run()
    answer = slack.posted.sent[-1]
    assert (answer.via, answer.place) == ("post", "D0ALICE")


@pytest.mark.parametrize(("query", "found"), [("", ["ci", "staging"]), ("ST", ["staging"]), ("zz", [])])
def test_the_menu_offers_namespaces_of_the_cluster(slack: Slack, query: str, found: list[str]) -> None:
    body = interaction(slack, "U0ALICE", type="block_suggestion", action_id=CHOOSE, block_id="b", value=query)
    response = slack.app.dispatch(BoltRequest(mode="socket_mode", body=body))
    assert [option["value"] for option in options_of(response.body)] == found


def options_of(body: Any) -> list[dict[str, Any]]:
    import json

    return list((json.loads(body) if isinstance(body, str) else body)["options"])


def test_the_menu_offers_people_of_elsewhere_nothing(slack: Slack) -> None:
    body = interaction(slack, "U0GUEST", type="block_suggestion", action_id=CHOOSE, block_id="b", value="")
    assert options_of(slack.app.dispatch(BoltRequest(mode="socket_mode", body=body)).body) == []


def test_names_that_begin_as_typed_come_first_and_no_menu_is_too_long() -> None:
    names = [f"team-{number:03}" for number in range(300)] + ["a-team", "x" * 200, "\u202eevil"]
    assert [option["value"] for option in matching("team", names)][:2] == ["team-000", "team-001"]
    assert len(matching("", names)) == 100
    assert [option["value"] for option in matching("a-t", names)] == ["a-team"]
    assert matching("x" * 150, names) == []
    assert matching("evil", names)[0]["text"]["text"] == "\\u202eevil"


def test_who_opens_the_conversation_is_offered_questions_that_are_understood(slack: Slack) -> None:
    assert opened(slack, tab="messages") == []
    ((channel, prompts),) = slack.agent.suggested
    assert channel == "D0ALICE"
    assert 1 <= len(prompts) <= 4
    for _, words in prompts:
        slack.message(words)
    slack.work.run()
    assert slack.memory.unanswered == []
    assert {kind for _, kind, _ in slack.counted.outcomes} >= {"progress", "faq"}


def test_people_of_elsewhere_are_offered_nothing(slack: Slack) -> None:
    assert opened(slack, tab="messages", user="U0GUEST") == []
    assert slack.agent.suggested == []


def test_a_quick_answer_is_not_announced(slack: Slack) -> None:
    slack.mention("status")
    slack.work.run()
    assert slack.agent.shown == []


def test_a_slow_answer_is_announced_and_the_notice_taken_back() -> None:
    slack = Slack(looking_seconds=0.01)
    read, until = slack.source.view, time.monotonic() + 5

    def slowly() -> ClusterView:
        while not slack.agent.shown and time.monotonic() < until:
            time.sleep(0.01)
        return read()

    slack.source.view = slowly  # type: ignore[method-assign]
    slack.mention("status", ts="1700000000.000100")
    slack.work.run()
    assert slack.agent.shown == [
        ("C0GENERAL", "1700000000.000100", sentence("agent.looking")),
        ("C0GENERAL", "1700000000.000100", ""),
    ]


def test_people_who_get_no_answer_are_told_of_no_looking() -> None:
    slack = Slack(looking_seconds=0.0)
    slack.mention("status", user="U0GUEST")
    slack.work.run()
    time.sleep(0.1)
    assert slack.agent.shown == []


def asked_about(slack: Slack, message: dict[str, Any], user: str = "U0ALICE", channel: str = "C0GENERAL") -> list[Sent]:
    """Return what somebody gets who asks about a message."""
    before = len(slack.posted.sent)
    body = {
        "type": "message_action",
        "callback_id": "ask_about_this",
        "trigger_id": slack.workspace.new_id("T"),
        "user": {"id": user, "team_id": TEAM},
        "team": {"id": TEAM},
        "channel": {"id": channel},
        "message": {"type": "message", "ts": "1700000000.000100", **message},
        "message_ts": "1700000000.000100",
        "response_url": RESPONSE_URL,
    }
    slack.deliver(body)
    slack.work.run()
    return slack.posted.sent[before:]


def test_a_message_can_be_asked_about_by_one_person(slack: Slack) -> None:
    (answer,) = asked_about(slack, {"text": "which nodes still run docker?"})
    assert (answer.via, answer.is_public) == ("respond", False)
    assert "on-docker" in answer.text


def test_what_a_monitoring_bot_says_in_an_attachment_is_read(slack: Slack) -> None:
    (answer,) = asked_about(slack, {"text": "", "attachments": [{"fallback": "what is at risk in ci?"}]})
    assert "builder" in answer.text


@pytest.mark.parametrize("message", [{}, {"text": None}, {"text": "", "attachments": "x"}, {"text": "💥 <!channel>"}])
def test_a_message_without_words_gets_help(slack: Slack, message: dict[str, Any]) -> None:
    (answer,) = asked_about(slack, message)
    assert "<!channel>" not in answer.text
    assert not answer.is_public


def test_a_verdict_on_an_answer_about_a_message_has_none_of_its_words(slack: Slack) -> None:
    (answer,) = asked_about(slack, {"text": "my salary is 5000. which nodes still run docker?", "user": "U0MINJI"})
    assert answer.message is not None
    assert "salary" not in str(answer.message.blocks)


def test_the_words_of_others_are_not_kept(slack: Slack) -> None:
    asked_about(slack, {"text": "stauts of my birthday cake", "user": "U0BOB"})
    assert slack.memory.unanswered == []
    assert slack.memory.threads == {}
