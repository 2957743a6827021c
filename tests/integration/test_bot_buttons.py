"""The whole bot and its buttons: follow-up questions, pages in place, sharing, files."""

import csv
import io
from collections.abc import Callable

import pytest

from bot.core.buttons import NEXT, PREVIOUS, SHARE
from bot.playground.slack import Delivery, File, Message, SlackSimulator
from tests.integration.bots import Mode, ThreadBot, answer_to


def labels(message: Message) -> dict[str, str]:
    """Return the label of each button by its action id."""
    held = [item for block in message.blocks for item in (*block.get("elements", ()), block.get("accessory", {}))]
    return {item["action_id"]: item["text"]["text"] for item in held if item.get("type") == "button"}


def changed(slack: SlackSimulator, message: Message, say: Callable[[], Delivery]) -> None:
    """Return once a message says something else in the same place, and nothing else was said."""
    count, versions = len(slack.messages), len(message.history)
    delivery = say()
    slack.wait_for(lambda: len(message.history) > versions)
    assert delivery.wait_ack()
    assert len(slack.messages) == count


def test_a_follow_up_question_is_answered_for_who_clicked_alone(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode):
        shown = answer_to(slack, lambda: slack.command("status"))
        message = answer_to(slack, lambda: slack.click(shown, "What is at risk"))
        assert message.ephemeral_for == "U0ALICE"
        assert message.text == answer_to(slack, lambda: slack.command("pods")).text
        assert not shown.replaced


def test_a_follow_up_below_a_mention_is_private_too_and_stays_in_the_thread(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode):
        said = slack.mention("pods")
        (shown,) = slack.wait_messages(1)
        message = answer_to(slack, lambda: slack.click(shown, "ask-1", user="U0MINJI"))
        assert (message.ephemeral_for, message.thread_ts) == ("U0MINJI", said.ts)
        assert message.text.startswith("`ci/Deployment/gitlab-runner` is at risk")


@pytest.mark.parametrize(
    "words", ["status", "pods", "nodes", "explain monitoring/datadog-agent", "guide", "help", "x y"]
)
def test_every_button_of_an_answer_is_answered(slack: SlackSimulator, words: str) -> None:
    with ThreadBot(slack, "socket") as bot:
        shown = answer_to(slack, lambda: slack.command(words))
        clicks = [slack.click(shown, action) for action in labels(shown) if action not in (NEXT, PREVIOUS)]
        assert clicks
        assert all(click.wait_ack() for click in clicks)
        slack.wait_for(lambda: bot.metric("unshim_answers_total") == 1 + len(clicks))
        assert bot.metric("unshim_slack_errors_total") == 0
        assert not any("could not answer" in message.text for message in slack.messages)


@pytest.mark.parametrize("how", ["command", "mention", "message"])
def test_pages_are_turned_in_place(slack: SlackSimulator, mode: Mode, how: str) -> None:
    with ThreadBot(slack, mode):
        message = answer_to(slack, lambda: getattr(slack, how)("nodes"))
        pages = [message.text]
        while NEXT in labels(message):
            changed(slack, message, lambda: slack.click(message, NEXT))
            pages.append(message.text)
        assert len(pages) == len(set(pages)) == 3
        assert NEXT not in labels(message)
        for earlier in reversed(pages[:-1]):
            changed(slack, message, lambda: slack.click(message, PREVIOUS))
            assert message.text == earlier
        assert PREVIOUS not in labels(message)


def test_a_page_turned_where_the_response_url_has_expired_is_still_turned(slack: SlackSimulator, mode: Mode) -> None:
    slack.faults.delay("users.info", 0.2)
    with ThreadBot(slack, mode):
        slack.mention("nodes")
        (message,) = slack.wait_messages(1)

        def click() -> Delivery:
            delivery = slack.click(message, NEXT)
            slack.expire_response_urls()
            return delivery

        changed(slack, message, click)
        assert message.via == "update"


def test_an_answer_is_shared_with_the_name_of_who_did_it(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode):
        shown = answer_to(slack, lambda: slack.command("status", user="U0MINJI"))
        public = answer_to(slack, lambda: slack.click(shown, SHARE, user="U0MINJI"))
        assert (public.channel, public.ephemeral_for) == ("C0GENERAL", None)
        assert "<@U0MINJI>" in public.text
        assert public.text.splitlines()[0] == shown.text.splitlines()[0]
        assert SHARE not in labels(public)
        assert not shown.deleted
        assert not shown.replaced


def test_a_page_is_shared_as_it_is_seen(slack: SlackSimulator) -> None:
    with ThreadBot(slack, "socket"):
        shown = answer_to(slack, lambda: slack.command("nodes"))
        changed(slack, shown, lambda: slack.click(shown, NEXT))
        public = answer_to(slack, lambda: slack.click(shown, SHARE))
        assert "`general-11`" in public.text
        assert "`general-01`" not in public.text


@pytest.mark.parametrize(
    ("how", "channel", "settings"),
    [
        pytest.param("message", "C0GENERAL", {}, id="a-direct-message-has-no-channel"),
        pytest.param("command", "C0PRIVATE", {}, id="nobody-knows-whether-it-is-shared-with-others"),
        pytest.param("mention", "C0GENERAL", {}, id="everybody-sees-it-already"),
    ],
)
def test_there_is_no_share_button_where_it_must_not_be(
    slack: SlackSimulator, how: str, channel: str, settings: dict[str, object]
) -> None:
    with ThreadBot(slack, "socket", **settings):
        place = {} if how == "message" else {"channel": channel}
        shown = answer_to(slack, lambda: getattr(slack, how)("status", **place))
        assert SHARE not in labels(shown)


def test_who_lost_the_right_to_ask_cannot_click(slack: SlackSimulator) -> None:
    with ThreadBot(slack, "socket", allowed_users=("U0ALICE",)):
        slack.mention("status")
        (shown,) = slack.wait_messages(1)
        message = answer_to(slack, lambda: slack.click(shown, "What is at risk", user="U0MINJI"))
        assert message.ephemeral_for == "U0MINJI"
        assert "UNSHIM_ALLOWED_USERS" in message.text


# Files.


def rows(file: File) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    assert file.content is not None
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))


def test_an_export_goes_to_the_direct_messages_and_the_answer_says_so(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode):
        slack.command("export")
        file_message, answer = slack.wait_messages(2)
        (file,) = slack.files
        assert (file.channel, file_message.channel) == ("D0ALICE", "D0ALICE")
        assert file.filename in answer.text
        assert answer.ephemeral_for == "U0ALICE"
        assert len({(row["kind"], row["namespace"], row["name"]) for row in rows(file)}) == 12
        assert rows(file)[0]["name"] == "gitlab-runner"


def test_an_export_by_mention_is_attached_in_the_thread(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode):
        said = slack.mention("export nodes")
        (message,) = slack.wait_messages(1)
        (file,) = slack.files
        assert (file.channel, file.thread_ts, message.thread_ts) == ("C0GENERAL", said.ts, said.ts)
        assert message.text.startswith("The full list: 30 nodes.")
        assert len(rows(file)) == 30


@pytest.mark.parametrize("how", ["command", "mention", "message"])
def test_without_the_right_to_upload_it_says_what_is_missing(slack: SlackSimulator, how: str) -> None:
    slack.scopes -= {"files:write"}
    with ThreadBot(slack, "socket"):
        message = answer_to(slack, lambda: getattr(slack, how)("export"))
        assert "files:write" in message.text
        assert message.ephemeral_for == "U0ALICE" or message.channel == "D0ALICE"
        assert answer_to(slack, lambda: slack.command("status")).text.startswith("20 of 30 nodes")


def test_a_workspace_without_files_of_apps_is_told_where_else_to_get_it(slack: SlackSimulator) -> None:
    slack.faults.refuse("files.getUploadURLExternal", "file_uploads_disabled")
    with ThreadBot(slack, "socket"):
        assert "unshim scan -o csv" in answer_to(slack, lambda: slack.command("export")).text


# Pictures.


def is_chart(file: File) -> bool:
    """Whether a file is the picture of a trend, and says what it shows."""
    is_png = file.content is not None and file.content.startswith(b"\x89PNG") and file.filename.endswith(".png")
    return is_png and file.alt_text.startswith("Chart. Nodes by runtime") and "20 of 30 nodes" in file.alt_text


def test_the_chart_of_a_trend_follows_its_answer_in_the_thread(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode):
        said = slack.mention("trend")
        answer, chart = slack.wait_messages(2)
        (file,) = slack.files
        assert answer.text.startswith("20 of 30 nodes on Docker, 7 fewer than 30 days ago")
        assert answer.blocks
        assert (file.channel, file.thread_ts, chart.thread_ts) == ("C0GENERAL", said.ts, said.ts)
        assert is_chart(file)
        assert "2026-09-24 to 2026-11-23" in chart.text


def test_the_chart_of_a_command_comes_in_direct_messages_and_that_of_a_shared_answer_in_the_channel(
    slack: SlackSimulator, mode: Mode
) -> None:
    with ThreadBot(slack, mode):
        slack.command("trend")
        answer, chart = slack.wait_messages(2)
        assert (answer.ephemeral_for, chart.channel) == ("U0ALICE", "D0ALICE")
        assert "direct messages" in answer.text
        slack.click(answer, "Share in channel")
        *_, shared, again = slack.wait_messages(4)
        assert (shared.channel, shared.ephemeral_for, again.channel) == ("C0GENERAL", None, "C0GENERAL")
        assert [file.channel for file in slack.files] == ["D0ALICE", "C0GENERAL"]
        assert all(is_chart(file) for file in slack.files)


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        pytest.param(lambda slack: slack.scopes.discard("files:write"), "files:write", id="no-scope"),
        pytest.param(
            lambda slack: slack.faults.refuse("files.completeUploadExternal", "not_in_channel"),
            "I am not a member of that channel",
            id="not-in-the-channel",
        ),
        pytest.param(
            lambda slack: slack.faults.refuse("files.getUploadURLExternal", "file_uploads_disabled"),
            "does not take files",
            id="no-files-in-this-workspace",
        ),
    ],
)
@pytest.mark.parametrize("how", ["command", "mention", "message"])
def test_a_trend_whose_chart_slack_does_not_take_is_answered_all_the_same(
    slack: SlackSimulator, how: str, prepare: Callable[[SlackSimulator], object], why: str
) -> None:
    prepare(slack)
    with ThreadBot(slack, "socket"):
        getattr(slack, how)("trend")
        answer, note = slack.wait_messages(2)
        assert "20 of 30 nodes on Docker" in answer.text
        assert "The chart of the trend could not be sent" in note.text
        assert why in note.text
        assert note.ephemeral_for == "U0ALICE" or note.channel == "D0ALICE"
        assert not slack.files
