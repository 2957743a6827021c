"""Where a message goes, and where it goes when Slack does not take it there."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.core.buttons import NEXT, SHARE, Asked
from bot.errors import ExpiredUrlError, SlackError, SlackRefusedError
from bot.render.document import Text
from tests.unit.handlers.ports import Sent
from tests.unit.handlers.slack import RESPONSE_URL, Slack, sentence
from tests.unit.pasts import Kept, moving

STATUS = Asked("status", "en")
EXPORT = Asked("export", "en")
EXPIRED = ExpiredUrlError("slack-url-expired")
NOT_IN_CHANNEL = SlackRefusedError("slack-not-in-channel", method="chat.postMessage", code="not_in_channel")
DOWN = SlackError("slack-unreachable", method="chat.postMessage")
NO_FILES = SlackRefusedError("slack-no-files", method="files.upload", code="file_uploads_disabled")


@pytest.fixture
def slack() -> Slack:
    """Return a workspace with a bot in it."""
    return Slack()


def sent(slack: Slack) -> list[Sent]:
    """Let the bot answer and return what it sent."""
    slack.work.run()
    return slack.posted.sent


def only(slack: Slack) -> Sent:
    """Let the bot answer and return the one message it sent."""
    found = sent(slack)
    assert len(found) == 1, found
    return found[0]


def outcomes(slack: Slack) -> list[str]:
    """Return what became of every question."""
    return [outcome for _, _, outcome in slack.counted.outcomes]


# In private.


def test_a_response_url_that_is_used_up_leaves_an_ephemeral_message(slack: Slack) -> None:
    slack.posted.refuse(EXPIRED, "respond")
    slack.command("status")
    answer = only(slack)
    assert (answer.via, answer.place, answer.user) == ("post_ephemeral", "C0GENERAL", "U0ALICE")
    assert outcomes(slack) == ["answered"]


def test_a_payload_without_a_response_url_leaves_an_ephemeral_message(slack: Slack) -> None:
    slack.command("status", response_url="")
    assert only(slack).via == "post_ephemeral"


@pytest.mark.parametrize("error", [EXPIRED, DOWN, NOT_IN_CHANNEL])
def test_a_channel_without_the_bot_leaves_a_direct_message(slack: Slack, error: SlackError) -> None:
    slack.posted.refuse(error, "respond")
    slack.posted.refuse(NOT_IN_CHANNEL, "post_ephemeral")
    slack.command("status")
    answer = only(slack)
    assert (answer.via, answer.place, answer.thread_ts) == ("post", "D0ALICE", None)


@pytest.mark.parametrize("is_click", [False, True])
def test_between_two_people_a_used_up_response_url_leaves_a_direct_message(slack: Slack, is_click: bool) -> None:
    slack.posted.refuse(EXPIRED, "respond")
    if is_click:
        slack.click(STATUS, channel="D0MINJI")
    else:
        slack.command("status", channel="D0MINJI")
    answer = only(slack)
    assert (answer.via, answer.place) == ("post", "D0ALICE")
    assert "post_ephemeral" not in slack.posted.tried


def test_a_click_in_a_thread_is_answered_in_it(slack: Slack) -> None:
    slack.click(STATUS, thread_ts="1.0")
    assert only(slack).thread_ts == "1.0"
    slack.posted.refuse(EXPIRED, "respond")
    slack.click(STATUS, thread_ts="1.0")
    assert (sent(slack)[-1].via, sent(slack)[-1].thread_ts) == ("post_ephemeral", "1.0")


def test_below_a_mention_nobody_answered_a_notice_is_shown_in_the_channel(slack: Slack) -> None:
    slack.mention("status", user="U0GUEST")
    refusal = only(slack)
    assert (refusal.via, refusal.thread_ts) == ("post_ephemeral", None)


def test_in_a_thread_that_is_under_way_a_notice_is_shown_there(slack: Slack) -> None:
    slack.mention("status", user="U0GUEST", thread_ts="1.0")
    assert only(slack).thread_ts == "1.0"


# When the place of an answer does not take it.


def test_a_mention_where_the_bot_cannot_post_is_answered_in_private_with_the_reason(slack: Slack) -> None:
    slack.posted.refuse(NOT_IN_CHANNEL, "post")
    slack.mention("status")
    answer = only(slack)
    assert answer.via == "post_ephemeral"
    assert sentence("notice.elsewhere") in answer.text
    assert sentence("error.slack-not-in-channel") in answer.text
    assert outcomes(slack) == ["answered"]


def test_an_answer_that_slack_takes_nowhere_is_unsent_and_logged(slack: Slack) -> None:
    slack.posted.refuse(DOWN)
    slack.command("status")
    with capture_logs() as logs:
        slack.work.run()
    assert slack.posted.sent == []
    assert outcomes(slack) == ["unsent"]
    assert [(line["event"], line["error"]) for line in logs if "error" in line] == [
        ("answer failed", "slack-unreachable"),
        ("asker not told", "slack-unreachable"),
    ]


@pytest.mark.parametrize("what", ["command", "mention", "message", "click", "page", "share"])
def test_nowhere_to_send_is_unsent_on_every_surface(slack: Slack, what: str) -> None:
    slack.posted.refuse(DOWN)
    {
        "command": lambda: slack.command("status"),
        "mention": lambda: slack.mention("status"),
        "message": lambda: slack.message("status"),
        "click": lambda: slack.click(STATUS),
        "page": lambda: slack.click(STATUS, NEXT),
        "share": lambda: slack.click(STATUS, SHARE),
    }[what]()
    assert sent(slack) == []
    assert outcomes(slack) == ["unsent"]


def test_a_private_answer_is_not_tried_in_the_same_places_over_and_over(slack: Slack) -> None:
    slack.posted.refuse(DOWN)
    slack.command("status")
    slack.work.run()
    # Once for the answer, once for the sentence that says that it failed.
    assert slack.posted.tried == ["respond", "post_ephemeral", "direct_channel"] * 2


# Pages.


def test_a_page_of_an_ephemeral_message_replaces_it(slack: Slack) -> None:
    slack.click(Asked("nodes", "en", 1), NEXT)
    answer = only(slack)
    assert (answer.via, answer.place, answer.replace, answer.is_public) == ("respond", RESPONSE_URL, True, False)


def test_a_page_of_a_posted_message_replaces_it_for_all(slack: Slack) -> None:
    slack.click(Asked("nodes", "en", 1), NEXT, is_ephemeral=False, thread_ts="1.0")
    answer = only(slack)
    assert (answer.via, answer.replace, answer.thread_ts) == ("respond", True, "1.0")


def test_a_page_of_an_ephemeral_message_too_old_to_change_is_a_new_message(slack: Slack) -> None:
    slack.posted.refuse(EXPIRED, "respond")
    slack.click(STATUS, NEXT, thread_ts="1.0")
    answer = only(slack)
    assert (answer.via, answer.user, answer.thread_ts) == ("post_ephemeral", "U0ALICE", "1.0")
    assert slack.posted.tried == ["respond", "post_ephemeral"]


def test_a_page_of_a_posted_message_whose_url_is_too_old_is_updated_by_its_ts(slack: Slack) -> None:
    slack.posted.refuse(EXPIRED, "respond")
    body = slack.click_body('{"v":1,"q":"nodes","l":"en","p":1}', NEXT, is_ephemeral=False)
    slack.deliver(body)
    answer = only(slack)
    assert (answer.via, answer.place, answer.ts) == ("update", "C0GENERAL", body["container"]["message_ts"])


@pytest.mark.parametrize("is_ephemeral", [True, False])
def test_a_page_without_a_response_url_is_never_lost(slack: Slack, is_ephemeral: bool) -> None:
    slack.click(STATUS, NEXT, is_ephemeral=is_ephemeral, response_url=None)
    assert only(slack).via == ("post_ephemeral" if is_ephemeral else "update")


def test_a_page_of_nothing_that_can_be_named_is_a_new_private_message(slack: Slack) -> None:
    container = {"type": "message", "channel_id": "C0GENERAL", "is_ephemeral": False}
    slack.click(STATUS, NEXT, response_url=None, container=container)
    assert only(slack).via == "post_ephemeral"


def test_a_page_that_cannot_be_shown_is_shown_in_private_with_the_reason(slack: Slack) -> None:
    slack.posted.refuse(DOWN, "respond")
    slack.click(STATUS, NEXT)
    answer = only(slack)
    assert answer.via == "post_ephemeral"
    assert sentence("notice.elsewhere") in answer.text


# Sharing.


def test_sharing_posts_once_in_the_channel_with_the_name_of_who_did(slack: Slack) -> None:
    slack.click(STATUS, SHARE)
    answer = only(slack)
    assert (answer.via, answer.place, answer.in_channel, answer.replace) == ("respond", RESPONSE_URL, True, False)
    assert "<@U0ALICE>" in answer.text


def test_sharing_in_a_thread_stays_in_it(slack: Slack) -> None:
    slack.click(STATUS, SHARE, thread_ts="1.0")
    assert only(slack).thread_ts == "1.0"


def test_sharing_with_a_used_up_response_url_posts_once_all_the_same(slack: Slack) -> None:
    slack.posted.refuse(EXPIRED, "respond")
    slack.click(STATUS, SHARE, thread_ts="1.0")
    answer = only(slack)
    assert (answer.via, answer.place, answer.thread_ts) == ("post", "C0GENERAL", "1.0")


def test_what_could_not_be_shared_is_said_in_private_and_not_tried_again_in_public(slack: Slack) -> None:
    slack.posted.refuse(EXPIRED, "respond")
    slack.posted.refuse(NOT_IN_CHANNEL, "post")
    slack.click(STATUS, SHARE)
    answer = only(slack)
    assert (answer.via, answer.is_public) == ("post_ephemeral", False)
    assert sentence("error.slack-not-in-channel") in answer.text
    assert slack.posted.tried.count("post") == 1


def test_an_answer_slack_may_have_taken_is_not_shared_a_second_time(slack: Slack) -> None:
    slack.posted.refuse(DOWN, "respond")  # it took too long: nobody knows whether it was posted
    slack.click(STATUS, SHARE)
    assert not any(answer.is_public for answer in sent(slack))


# Files.


def test_an_export_by_mention_goes_into_its_thread_with_its_sentence(slack: Slack) -> None:
    slack.mention("export", thread_ts="1.0")
    answer = only(slack)
    assert (answer.via, answer.place, answer.thread_ts) == ("upload", "C0GENERAL", "1.0")
    assert str(answer.file).endswith(".csv")
    assert answer.content
    assert answer.text


def test_an_export_by_direct_message_goes_beside_it(slack: Slack) -> None:
    slack.message("export nodes")
    answer = only(slack)
    assert (answer.via, answer.place) == ("upload", "D0ALICE")


@pytest.mark.parametrize("channel", ["C0GENERAL", "D0MINJI"])
def test_an_export_by_command_goes_into_direct_messages_and_says_so(slack: Slack, channel: str) -> None:
    slack.command("export", channel=channel)
    file, answer = sent(slack)
    assert (file.via, file.place) == ("upload", "D0ALICE")
    assert (answer.via, answer.is_public) == ("respond", False)
    assert str(file.file) in answer.text


@pytest.mark.parametrize("language", ["en", "ko"])
def test_files_that_slack_does_not_take_are_a_sentence(slack: Slack, language: str) -> None:
    slack.posted.refuse(NO_FILES, "upload")
    slack.click(Asked("export", language))
    answer = only(slack)
    assert answer.via == "respond"
    assert sentence("error.slack-no-files", language) in answer.text
    assert outcomes(slack) == ["failed"]


def test_a_file_that_slack_does_not_take_in_a_thread_is_said_in_private(slack: Slack) -> None:
    slack.posted.refuse(NO_FILES, "upload")
    slack.mention("export")
    assert only(slack).via == "post_ephemeral"


def test_a_file_is_not_sent_again_when_its_sentence_cannot_be(slack: Slack) -> None:
    slack.posted.refuse(DOWN, "respond", "post_ephemeral")
    slack.click(EXPORT)
    assert [answer.via for answer in sent(slack)] == ["upload", "post"]


# Pictures.


@pytest.fixture
def moving_slack() -> Slack:
    """Return a workspace with a bot that has a history."""
    return Slack(history=Kept(moving(20)))


def is_chart(message: Sent) -> bool:
    """Whether a file is a chart with its title and what it shows."""
    is_png = message.content.startswith(b"\x89PNG") and str(message.file).endswith(".png")
    return is_png and "2026-11-03 to 2026-11-23" in message.text and "42 of 42 nodes" in str(message.alt)


def test_a_chart_comes_after_the_answer_to_a_mention_in_its_thread(moving_slack: Slack) -> None:
    moving_slack.mention("trend", thread_ts="1.0")
    answer, chart = sent(moving_slack)
    assert (answer.via, chart.via, chart.place, chart.thread_ts) == ("post", "upload", "C0GENERAL", "1.0")
    assert is_chart(chart)
    assert sentence("notice.picture-follows") not in answer.text


def test_a_chart_in_a_direct_conversation_stays_there(moving_slack: Slack) -> None:
    moving_slack.message("trend")
    answer, chart = sent(moving_slack)
    assert (answer.via, answer.place, chart.via, chart.place) == ("post", "D0ALICE", "upload", "D0ALICE")


@pytest.mark.parametrize("channel", ["C0GENERAL", "D0MINJI"])
def test_the_chart_of_a_command_comes_in_direct_messages_and_the_answer_says_so(
    moving_slack: Slack, channel: str
) -> None:
    moving_slack.command("trend", channel=channel)
    answer, chart = sent(moving_slack)
    assert (answer.via, answer.is_public) == ("respond", False)
    assert sentence("notice.picture-follows") in answer.text
    assert (chart.via, chart.place) == ("upload", "D0ALICE")
    assert is_chart(chart)


def test_the_chart_of_an_answer_that_is_shared_goes_where_it_is(moving_slack: Slack) -> None:
    moving_slack.click(Asked("trend", "en"), SHARE)
    answer, chart = sent(moving_slack)
    assert (answer.is_public, chart.via, chart.place) == (True, "upload", "C0GENERAL")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    ("error", "key"),
    [
        pytest.param(NO_FILES, "notice.picture-no-files", id="no-files-in-this-workspace"),
        pytest.param(
            SlackRefusedError("slack-missing-scope", method="files.upload", code="missing_scope", needed="files:write"),
            "error-slack.slack-missing-scope",
            id="no-scope",
        ),
        pytest.param(NOT_IN_CHANNEL, "error.slack-not-in-channel", id="not-in-the-channel"),
    ],
)
def test_without_its_chart_an_answer_is_there_and_why_is_said(
    moving_slack: Slack, error: SlackRefusedError, key: str, language: str
) -> None:
    moving_slack.posted.refuse(error, "upload")
    moving_slack.click(Asked("trend", language))
    answer, note = sent(moving_slack)
    assert "2026-11-03" in answer.text
    assert sentence("notice.picture-failed", language, why=Text("\0")) in note.text
    assert sentence(key, language, needed=Text("files:write")) in note.text.replace("`", "")
    assert "csv" not in note.text
    assert not note.is_public
    assert outcomes(moving_slack) == ["answered"]


def test_an_answer_sent_elsewhere_brings_no_chart(moving_slack: Slack) -> None:
    moving_slack.posted.refuse(NOT_IN_CHANNEL, "post")
    moving_slack.mention("trend")
    assert [answer.via for answer in sent(moving_slack)] == ["post_ephemeral"]


def test_one_day_of_history_is_no_chart() -> None:
    slack = Slack(history=Kept())
    slack.mention("trend")
    assert only(slack).via == "post"


# Buttons for the next step.


def has_share(answer: Sent) -> bool:
    """Whether a message offers to be shared."""
    blocks: Any = answer.message.blocks if answer.message else ()
    return any(item.get("action_id") == SHARE for block in blocks for item in block.get("elements", ()))


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        pytest.param("C0GENERAL", True, id="own-channel"),
        pytest.param("D0ALICE", False, id="direct"),
        pytest.param("C0UNKNOWN", False, id="a-channel-slack-does-not-tell-of"),
    ],
)
def test_sharing_is_offered_where_it_is_allowed(slack: Slack, channel: str, expected: bool) -> None:
    slack.command("status", channel_id=channel)
    assert has_share(only(slack)) is expected


def test_what_everybody_sees_already_is_not_offered_to_be_shared(slack: Slack) -> None:
    slack.mention("status")
    assert not has_share(only(slack))


@pytest.mark.parametrize("words", ["help", "statsu", "explain nobody-knows-it"])
def test_what_is_no_report_is_not_offered_to_be_shared(slack: Slack, words: str) -> None:
    slack.command(words)
    slack.work.run()
    assert not has_share(only(slack))
