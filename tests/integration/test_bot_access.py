"""The whole bot and who may ask: people of other workspaces, channels shared with others, lists in the settings."""

import pytest

from bot.playground.slack import Message, SlackSimulator
from tests.integration.bots import Mode, ThreadBot, answer_to

STATUS = "20 of 30 nodes still run on Docker"
OTHER_TEAM = "I answer people of this workspace only."
SHARED = "This channel is shared with another organisation"
CHANNEL = "I do not answer in this channel"
DIRECT = "I do not answer in direct messages"
USER = "You are not among the people I may answer."


def asked(slack: SlackSimulator, how: str, user: str = "U0ALICE", channel: str = "C0GENERAL") -> Message:
    """Return the one message that comes of asking for the status by ``command``, ``mention`` or ``message``."""
    if how == "message":
        return answer_to(slack, lambda: slack.message("status", user=user))
    return answer_to(slack, lambda: getattr(slack, how)("status", user=user, channel=channel))


def assert_told_privately(message: Message, reason: str, user: str = "U0ALICE") -> None:
    """Only the asker reads the one sentence, and nothing of the cluster is in it."""
    assert message.ephemeral_for == user or message.channel == "D" + user[1:]
    assert message.text.startswith(reason)
    assert "Docker" not in message.text


@pytest.mark.parametrize("how", ["command", "mention", "message"])
def test_a_user_of_another_workspace_is_refused(slack: SlackSimulator, mode: Mode, how: str) -> None:
    slack.add_user("U0EVE", "eve", team="T0OTHER")
    slack.workspace.channels["C0GENERAL"].members.add("U0EVE")
    with ThreadBot(slack, mode):
        assert_told_privately(asked(slack, how, user="U0EVE"), OTHER_TEAM, "U0EVE")


def test_a_user_of_another_workspace_that_is_listed_is_answered(slack: SlackSimulator, mode: Mode) -> None:
    slack.add_user("U0EVE", "eve", team="T0OTHER")
    with ThreadBot(slack, mode, allowed_teams=("T0OTHER",)):
        assert asked(slack, "command", user="U0EVE").text.startswith(STATUS)


@pytest.mark.parametrize("how", ["command", "mention"])
def test_a_channel_shared_with_others_is_refused_although_the_asker_is_at_home(
    slack: SlackSimulator, mode: Mode, how: str
) -> None:
    with ThreadBot(slack, mode):
        assert_told_privately(asked(slack, how, channel="C0SHARED"), SHARED)


@pytest.mark.parametrize("how", ["command", "mention"])
def test_a_channel_shared_with_others_that_is_listed_is_answered_in(
    slack: SlackSimulator, mode: Mode, how: str
) -> None:
    with ThreadBot(slack, mode, allowed_channels=("C0SHARED",)):
        assert asked(slack, how, channel="C0SHARED").text.startswith(STATUS)


def test_a_guest_in_a_listed_shared_channel_is_refused_all_the_same(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode, allowed_channels=("C0SHARED",)):
        assert_told_privately(asked(slack, "mention", "U0GUEST", "C0SHARED"), OTHER_TEAM, "U0GUEST")


def test_where_slack_does_not_say_whether_a_channel_is_shared_a_mention_is_refused_and_a_command_answered(
    slack: SlackSimulator,
) -> None:
    slack.faults.refuse("conversations.info", "internal_error")
    with ThreadBot(slack, "socket"):
        assert asked(slack, "command").text.startswith(STATUS)
        # A mention's payload says it itself, so this one is made to say nothing.
        slack.deliver("events_api", silent_about_sharing(slack))
        assert_told_privately(slack.wait_messages(2)[1], "Slack does not tell me whether this channel is shared")


def silent_about_sharing(slack: SlackSimulator) -> dict[str, object]:
    """Return a mention whose body does not say whether the channel is shared."""
    ts = slack.workspace.new_ts()
    event = {"type": "app_mention", "user": "U0ALICE", "team": "T0TEAM", "text": "<@U0BOT> status", "ts": ts}
    return {
        "type": "event_callback",
        "team_id": "T0TEAM",
        "event_id": "Ev0SILENT",
        "event": {**event, "channel": "C0GENERAL", "event_ts": ts},
    }


@pytest.mark.parametrize("how", ["command", "mention"])
def test_a_list_of_channels_means_only_there(slack: SlackSimulator, mode: Mode, how: str) -> None:
    slack.add_channel("C0OPS", "ops", {"U0ALICE", "U0BOT"})
    with ThreadBot(slack, mode, allowed_channels=("C0OPS",)):
        assert_told_privately(asked(slack, how), CHANNEL)
        assert asked(slack, how, channel="C0OPS").text.startswith(STATUS)


def test_a_list_of_channels_closes_direct_messages(slack: SlackSimulator) -> None:
    with ThreadBot(slack, "socket", allowed_channels=("C0GENERAL",)):
        assert_told_privately(asked(slack, "message"), DIRECT)


def test_a_list_of_users_means_only_they(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode, allowed_users=("U0MINJI",)):
        for how in ("command", "mention", "message"):
            assert_told_privately(asked(slack, how), USER)
        assert "노드" in asked(slack, "command", user="U0MINJI").text


def test_what_bots_say_and_edits_of_messages_get_no_answer(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode):
        place = {"channel": "C0GENERAL", "ts": "1.000001"}
        odd = [
            slack.mention("status", bot_id="B0OTHER"),
            slack.message("status", subtype="message_changed"),
            slack.message("status", subtype="bot_message"),
            slack.deliver("events_api", {"type": "app_mention", "user": "U0BOT", "text": "status", **place}),
        ]
        assert all(delivery.wait_ack() for delivery in odd)
        assert asked(slack, "command").text.startswith(STATUS)
        assert len(slack.messages) == 1
