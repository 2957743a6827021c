"""What Slack delivers through a real Bolt app: acknowledged before any work, whatever it is, and answered once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import BoltResponse
from structlog.testing import capture_logs

from bot.core.buttons import NEXT, Asked
from tests.unit.handlers.ports import Held, Sent
from tests.unit.handlers.slack import RESPONSE_URL, Body, Slack, sentence

STATUS = Asked("status", "en")


@pytest.fixture
def slack() -> Slack:
    """Return a workspace with a bot in it."""
    return Slack()


def shown(response: BoltResponse) -> dict[str, Any]:
    """Return what an acknowledgement shows the user."""
    return dict(json.loads(response.body)) if response.body else {}


def interaction(kind: str, **fields: Any) -> Body:
    """Return the body of an interaction the bot has no use for."""
    user, team = {"id": "U0ALICE", "team_id": "T0TEAM"}, {"id": "T0TEAM"}
    return {"type": kind, "user": user, "team": team, "trigger_id": "1.2", **fields}


# Acknowledged first.


@pytest.mark.parametrize(
    "deliver",
    [
        pytest.param(lambda slack: slack.command("status"), id="command"),
        pytest.param(lambda slack: slack.mention("status"), id="mention"),
        pytest.param(lambda slack: slack.message("status"), id="direct-message"),
        pytest.param(lambda slack: slack.click(STATUS), id="button"),
        pytest.param(lambda slack: slack.click(STATUS, NEXT), id="page"),
    ],
)
def test_everything_is_acknowledged_before_any_work(slack: Slack, deliver: Callable[[Slack], BoltResponse]) -> None:
    response = deliver(slack)
    assert (response.status, response.body) == (200, "")
    assert (slack.posted.tried, slack.people.asked) == ([], [])
    slack.work.run()
    assert len(slack.posted.sent) == 1
    assert [(kind, outcome) for _, kind, outcome in slack.counted.outcomes] == [("status", "answered")]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(interaction("shortcut", callback_id="report"), id="global-shortcut"),
        pytest.param(
            interaction("message_action", callback_id="report", message={"ts": "1.0"}, channel={"id": "C0GENERAL"}),
            id="message-shortcut",
        ),
        pytest.param(
            interaction("view_submission", view={"type": "modal", "callback_id": "settings", "state": {"values": {}}}),
            id="modal-sent",
        ),
        pytest.param(
            interaction("view_closed", view={"type": "modal", "callback_id": "settings"}, is_cleared=False),
            id="modal-closed",
        ),
        pytest.param(
            interaction("dialog_cancellation", callback_id="old", state="", response_url=RESPONSE_URL),
            id="dialog-of-old-closed",
        ),
        pytest.param(
            interaction("block_actions", actions=[{"type": "button", "action_id": "a1", "block_id": "b"}]),
            id="link-button",
        ),
        pytest.param(
            {"type": "event_callback", "team_id": "T0TEAM", "event": {"type": "app_home_opened", "user": "U0ALICE"}},
            id="event-nobody-listens-for",
        ),
        pytest.param(
            {"type": "event_callback", "team_id": "T0TEAM", "event": {"type": "tokens_revoked", "tokens": {}}},
            id="event-without-a-user",
        ),
    ],
)
def test_what_the_bot_has_no_use_for_is_acknowledged_and_left_alone(slack: Slack, body: Body) -> None:
    assert slack.deliver(body).status == 200
    slack.work.run()
    assert slack.posted.tried == []


def test_a_menu_that_asks_for_entries_gets_none(slack: Slack) -> None:
    body = interaction("block_suggestion", action_id="of-another-version", block_id="b", value="")
    response = slack.deliver(body)
    assert (response.status, shown(response)) == (200, {"options": []})


def test_another_command_of_the_app_is_told_what_there_is(slack: Slack) -> None:
    response = slack.command("status", command="/other")
    assert response.status == 200
    assert shown(response)["response_type"] == "ephemeral"
    assert sentence("notice.nothing-here") in shown(response)["text"]
    slack.work.run()
    assert slack.posted.sent == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"subtype": "message_changed", "message": {"text": "status"}}, id="edit"),
        pytest.param({"subtype": "message_deleted", "deleted_ts": "1.0"}, id="deletion"),
        pytest.param({"subtype": "channel_join"}, id="join"),
        pytest.param({"subtype": "bot_message", "bot_id": "B0OTHER"}, id="another-bot"),
        pytest.param({"bot_id": "B0OTHER"}, id="an-app-of-now"),
        pytest.param({"user": "U0BOT"}, id="itself"),
    ],
)
def test_what_no_person_said_is_acknowledged_and_not_answered(slack: Slack, changes: dict[str, Any]) -> None:
    body = slack.event_body("message", "status", "U0ALICE", "D0ALICE", **changes)
    assert slack.deliver(body).status == 200
    slack.work.run()
    assert slack.posted.tried == []


def test_a_message_in_a_channel_is_none_of_the_bots_business(slack: Slack) -> None:
    body = slack.event_body("message", "<@U0BOT> status", "U0ALICE", "C0GENERAL", channel_type="channel")
    assert slack.deliver(body).status == 200
    slack.work.run()
    assert slack.posted.tried == []


# Answered once.


def test_an_event_that_comes_again_is_answered_once_and_counted(slack: Slack) -> None:
    body = slack.event_body("app_mention", "status", "U0ALICE", "C0GENERAL")
    slack.deliver(body)
    again = slack.deliver(body, {"x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"})
    slack.work.run()
    late = slack.deliver(body, {"x-slack-retry-num": "3", "x-slack-retry-reason": "http_error"})
    slack.work.run()
    assert (again.status, late.status) == (200, 200)
    assert len(slack.posted.sent) == 1
    assert slack.counted.repeats == ["mention", "mention"]


def test_the_same_words_in_another_delivery_are_answered_once(slack: Slack) -> None:
    body = slack.event_body("app_mention", "status", "U0ALICE", "C0GENERAL")
    slack.deliver(body)
    slack.deliver({**body, "event_id": "Ev0OTHER"})
    slack.work.run()
    assert len(slack.posted.sent) == 1


def test_the_same_words_said_again_are_another_question(slack: Slack) -> None:
    slack.mention("status")
    slack.mention("status")
    slack.work.run()
    assert len(slack.posted.sent) == 2


@pytest.mark.parametrize("kind", ["command", "click"])
def test_a_command_or_click_delivered_twice_is_answered_once(slack: Slack, kind: str) -> None:
    bodies = {"command": slack.command_body("status", "U0ALICE", "C0GENERAL"), "click": slack.click_body('{"v":9}')}
    for _ in range(2):
        assert slack.deliver(bodies[kind]).status == 200
    slack.work.run()
    assert len(slack.posted.sent) == 1


def test_deliveries_without_any_id_are_answered_each_time(slack: Slack) -> None:
    for _ in range(2):
        slack.command("status", trigger_id="")
    slack.work.run()
    assert len(slack.posted.sent) == 2


# No room.


@pytest.mark.parametrize(("text", "language"), [("status", "en"), ("상태", "ko")])
def test_a_command_there_is_no_room_for_is_told_so_by_its_acknowledgement(
    slack: Slack, text: str, language: str
) -> None:
    slack.work.is_full = True
    response = slack.command(text)
    assert response.status == 200
    assert shown(response)["response_type"] == "ephemeral"
    assert sentence("notice.busy", language) in shown(response)["text"]
    assert (slack.posted.tried, slack.counted.busies) == ([], 1)


def test_a_mention_there_is_no_room_for_is_told_so_in_private(slack: Slack) -> None:
    slack.work.is_full = True
    assert slack.mention("status").status == 200
    [sent] = slack.posted.sent
    assert (sent.via, sent.place, sent.user) == ("post_ephemeral", "C0GENERAL", "U0ALICE")
    assert sentence("notice.busy") in sent.text


def test_a_click_there_is_no_room_for_is_told_so_through_its_response_url(slack: Slack) -> None:
    slack.work.is_full = True
    slack.click(STATUS)
    [sent] = slack.posted.sent
    assert (sent.via, sent.place, sent.is_public) == ("respond", RESPONSE_URL, False)


def test_a_direct_message_there_is_no_room_for_is_told_so_there(slack: Slack) -> None:
    slack.work.is_full = True
    slack.message("status")
    assert [(sent.via, sent.place) for sent in slack.posted.sent] == [("post", "D0ALICE")]


def test_a_listener_sends_nothing_itself() -> None:
    notices = Held()
    slack = Slack(notices=notices)
    slack.work.is_full = True
    slack.mention("status")
    assert slack.posted.tried == []
    notices.run()
    [sent] = slack.posted.sent
    assert sentence("notice.busy") in sent.text


def test_a_notice_there_is_no_room_for_is_logged() -> None:
    notices = Held()
    notices.is_full = True
    slack = Slack(notices=notices)
    slack.work.is_full = True
    with capture_logs() as logs:
        slack.mention("status")
    assert [line["error"] for line in logs if line["event"] == "notice not sent"] == ["too-many"]


# The end.


def test_what_was_taken_before_the_end_is_answered_and_nothing_after_it(slack: Slack) -> None:
    slack.command("status")
    slack.desk.close()
    response = slack.command("status")
    assert sentence("notice.closing") in shown(response)["text"]
    slack.work.run()
    assert len(slack.posted.sent) == 1


def test_an_event_after_the_end_is_told_so_in_private(slack: Slack) -> None:
    slack.desk.close()
    assert slack.mention("status").status == 200
    assert sentence("notice.closing") in only(slack).text


# A listener that raises.


class Broken(Exception):
    """Something nobody foresaw; its text must not be shown."""


def broken(slack: Slack) -> None:
    """Let every listener raise."""

    def take(*_: Any) -> None:
        raise Broken("xoxb-secret of the listener")

    slack.desk.take = take  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "deliver",
    [
        pytest.param(lambda slack: slack.command("status"), id="command"),
        pytest.param(lambda slack: slack.mention("status"), id="mention"),
        pytest.param(lambda slack: slack.message("status"), id="direct-message"),
        pytest.param(lambda slack: slack.click(STATUS), id="button"),
    ],
)
def test_a_delivery_whose_listener_raises_is_acknowledged_and_logged_with_a_reference(
    slack: Slack, deliver: Callable[[Slack], BoltResponse]
) -> None:
    broken(slack)
    with capture_logs() as logs:
        assert deliver(slack).status == 200
    [line] = [line for line in logs if line["event"] == "listener failed"]
    assert (line["log_level"], line["error"]) == ("error", "Broken")
    assert len(line["reference"]) == 8


@pytest.mark.parametrize(("text", "language"), [("status", "en"), ("상태", "ko")])
def test_a_command_whose_listener_raises_says_so_with_the_reference_of_the_log(
    slack: Slack, text: str, language: str
) -> None:
    broken(slack)
    with capture_logs() as logs:
        answer = shown(slack.command(text))
    assert answer["response_type"] == "ephemeral"
    assert sentence("error.internal-bot", language) in answer["text"]
    assert logs[0]["reference"] in answer["text"]
    assert "secret" not in answer["text"]


def test_a_listener_that_raises_after_its_acknowledgement_changes_nothing_about_it(slack: Slack) -> None:
    slack.work.is_full = True
    slack.posted.refused["respond"] = Broken("not an error of Slack")
    with capture_logs() as logs:
        assert slack.click(STATUS).status == 200
    assert [line["event"] for line in logs] == ["question not taken", "listener failed"]


def test_even_when_no_sentence_can_be_made_a_command_is_acknowledged(
    slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(slack)

    def draw(*_: Any, **__: Any) -> None:
        raise Broken("and this, too")

    monkeypatch.setattr("handlers.answering.Answering.draw", draw)
    response = slack.command("status")
    assert (response.status, response.body) == (200, "")


# Where the answer goes.


def only(slack: Slack) -> Sent:
    """Let the bot answer and return the one message it sent."""
    slack.work.run()
    assert len(slack.posted.sent) == 1, slack.posted.sent
    return slack.posted.sent[0]


def test_a_command_is_answered_in_private_through_its_response_url(slack: Slack) -> None:
    slack.command("status")
    sent = only(slack)
    assert (sent.via, sent.place, sent.is_public, sent.replace) == ("respond", RESPONSE_URL, False, False)


def test_a_mention_is_answered_in_the_thread_it_opens(slack: Slack) -> None:
    body = slack.event_body("app_mention", "<@U0BOT> status", "U0ALICE", "C0GENERAL")
    slack.deliver(body)
    sent = only(slack)
    assert (sent.via, sent.place, sent.thread_ts) == ("post", "C0GENERAL", body["event"]["ts"])


def test_a_mention_in_a_thread_is_answered_there(slack: Slack) -> None:
    slack.mention("status", thread_ts="1.0")
    assert only(slack).thread_ts == "1.0"


def test_a_direct_message_is_answered_beside_it(slack: Slack) -> None:
    slack.message("status")
    sent = only(slack)
    assert (sent.via, sent.place, sent.thread_ts) == ("post", "D0ALICE", None)


def test_a_click_in_a_direct_message_is_answered_beside_it(slack: Slack) -> None:
    slack.click(STATUS, channel="D0ALICE", is_ephemeral=False)
    sent = only(slack)
    assert (sent.via, sent.place) == ("post", "D0ALICE")


@pytest.mark.parametrize(
    "deliver",
    [
        pytest.param(lambda slack: slack.command("status", channel="D0ALICE"), id="command"),
        pytest.param(lambda slack: slack.click(STATUS, channel="D0ALICE"), id="button-below-it"),
    ],
)
def test_between_two_people_only_the_response_url_is_answered(
    slack: Slack, deliver: Callable[[Slack], BoltResponse]
) -> None:
    deliver(slack)
    assert only(slack).via == "respond"


# What is asked.


@pytest.mark.parametrize("text", ["", "   ", "<@U0BOT>"])
def test_nothing_said_gets_help(slack: Slack, text: str) -> None:
    slack.command(text)
    assert sentence("help.verdict") in only(slack).text
    assert slack.counted.outcomes == [("command", "help", "answered")]


@pytest.mark.parametrize("text", ["x" * 4_001, "status " * 800, "가나다라 " * 1_000, "<" * 4_000])
def test_thousands_of_characters_get_an_answer(slack: Slack, text: str) -> None:
    slack.command(text)
    assert only(slack).text
    assert slack.counted.outcomes[0][2] == "answered"


def test_a_user_whose_slack_is_korean_is_answered_in_korean(slack: Slack) -> None:
    slack.command("help", user="U0MINJI")
    assert sentence("help.verdict", "ko") in only(slack).text


def test_korean_words_are_answered_in_korean(slack: Slack) -> None:
    slack.mention("도움말 주세요")
    assert sentence("help.verdict", "ko") in only(slack).text


def test_a_button_is_answered_in_the_language_of_its_message(slack: Slack) -> None:
    slack.click(Asked("help", "en"), user="U0MINJI")
    assert sentence("help.verdict", "en") in only(slack).text


def test_a_language_that_is_set_holds_for_everybody() -> None:
    slack = Slack(language="ko")
    slack.command("help")
    assert sentence("help.verdict", "ko") in only(slack).text
