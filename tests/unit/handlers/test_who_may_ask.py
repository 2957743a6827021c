"""Who is answered, end to end: Slack's word on the user first, the payload's own next, and never the place's alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.core.access import Refusal
from bot.core.buttons import NEXT, SHARE, Asked
from bot.playground.slack.workspace import OTHER_TEAM, TEAM
from handlers.asks import Ask, from_button, from_command, from_event
from tests.unit.handlers.ports import Conversation, Person, Sent
from tests.unit.handlers.slack import Body, Slack, sentence

STATUS = Asked("status", "en")


@pytest.fixture
def slack() -> Slack:
    """Return a workspace with a bot in it."""
    return Slack()


def only(slack: Slack) -> Sent:
    """Let the bot answer and return the one message it sent."""
    slack.work.run()
    assert len(slack.posted.sent) == 1, slack.posted.sent
    return slack.posted.sent[0]


def outcome(slack: Slack) -> str:
    """Let the bot answer and return what became of the one question."""
    slack.work.run()
    [(_, _, found)] = slack.counted.outcomes
    return found


def is_refused(slack: Slack, reason: Refusal, language: str = "en") -> bool:
    """Whether the one question was refused for this reason, in private."""
    answer = only(slack)
    assert not answer.is_public
    return outcome(slack) == "refused" and sentence(f"refused.{reason}", language) in answer.text


# Users of elsewhere.


def test_a_foreign_user_is_refused_in_private_and_in_their_language(slack: Slack) -> None:
    slack.people.users["U0GUEST"] = Person(frozenset({OTHER_TEAM}), "ko-KR")
    slack.mention("status", user="U0GUEST", channel="C0SHARED")
    assert is_refused(slack, Refusal.TEAM, "ko")


def test_a_refusal_is_logged_with_its_reason_and_without_the_words(slack: Slack) -> None:
    slack.mention("explain secret-project", user="U0GUEST")
    with capture_logs() as logs:
        slack.work.run()
    [line] = [line for line in logs if line["event"] == "refused"]
    assert (line["reason"], line["user"], line["channel"]) == ("team", "U0GUEST", "C0GENERAL")
    assert "secret-project" not in str(logs)


def test_slacks_word_on_the_user_beats_every_field_of_a_command(slack: Slack) -> None:
    slack.command("status", user="U0GUEST", team_id=TEAM)
    assert is_refused(slack, Refusal.TEAM)


def test_slacks_word_on_the_user_beats_every_field_of_an_event(slack: Slack) -> None:
    slack.mention("status", user="U0GUEST", team=TEAM, user_team=TEAM, source_team=TEAM)
    assert is_refused(slack, Refusal.TEAM)


def test_slacks_word_on_the_user_beats_every_field_of_a_click(slack: Slack) -> None:
    slack.deliver(slack.click_body("x") | {"user": {"id": "U0GUEST", "team_id": TEAM}})
    assert is_refused(slack, Refusal.TEAM)


def test_a_foreign_user_with_an_old_button_is_refused_before_anything_else(slack: Slack) -> None:
    slack.click(STATUS, user="U0GUEST", channel="C0SHARED")
    assert is_refused(slack, Refusal.TEAM)


def test_a_user_of_an_allowed_workspace_is_answered() -> None:
    slack = Slack(teams=frozenset({OTHER_TEAM}))
    slack.mention("status", user="U0GUEST")
    assert outcome(slack) == "answered"


# Users Slack does not tell of: users.info failed, or the scope is missing.


@pytest.fixture
def silent(slack: Slack) -> Slack:
    """Return a workspace whose Slack tells nothing of users."""
    slack.people.users = {}
    return slack


def test_a_command_in_an_own_channel_counts_as_the_workspaces_own(silent: Slack) -> None:
    silent.command("status")
    assert outcome(silent) == "answered"


@pytest.mark.parametrize("channel", ["C0UNKNOWN", "C0SHARED", "D0ALICE"])
def test_a_command_where_others_may_be_does_not(silent: Slack, channel: str) -> None:
    silent.command("status", channel_id=channel)
    assert is_refused(silent, Refusal.TEAM_UNKNOWN)


def test_a_listed_shared_channel_does_not_make_its_guests_the_workspaces_own() -> None:
    slack = Slack(channels=frozenset({"C0SHARED"}))
    slack.people.users = {}
    slack.command("status", user="U0GUEST", channel="C0SHARED")
    assert is_refused(slack, Refusal.TEAM_UNKNOWN)


def test_an_event_that_names_the_users_home_is_believed(silent: Slack) -> None:
    silent.mention("status", user="U0GUEST")
    assert is_refused(silent, Refusal.TEAM)


def test_an_event_of_an_own_user_is_answered(silent: Slack) -> None:
    silent.message("status")
    assert outcome(silent) == "answered"


def test_a_message_with_a_file_names_no_home_but_nobody_else_can_be_there(silent: Slack) -> None:
    silent.message("status", team=None, subtype="file_share")
    assert outcome(silent) == "answered"


def test_a_mention_that_names_no_home_in_a_shared_channel_is_refused(silent: Slack) -> None:
    silent.mention("status", channel="C0SHARED", team=None)
    assert is_refused(silent, Refusal.TEAM_UNKNOWN)


def test_a_click_that_names_the_users_home_is_believed(silent: Slack) -> None:
    silent.click(STATUS, user="U0GUEST", channel="C0SHARED")
    assert is_refused(silent, Refusal.TEAM)


def test_a_click_that_names_only_the_place_is_refused_where_others_may_be(silent: Slack) -> None:
    body = silent.click_body('{"v":1,"q":"status","l":"en","p":0}', channel="C0SHARED")
    silent.deliver(body | {"user": {"id": "U0GUEST"}})
    assert is_refused(silent, Refusal.TEAM_UNKNOWN)


def test_a_user_slack_knows_without_a_home_counts_as_not_told(slack: Slack) -> None:
    slack.people.users["U0ALICE"] = Person(frozenset())
    slack.command("status", channel="C0SHARED")
    assert is_refused(slack, Refusal.TEAM_UNKNOWN)


def test_the_own_organisation_counts_where_the_place_must_do() -> None:
    slack = Slack(own_teams=frozenset({"T0HQ", "E0ORG"}))
    slack.people.users = {}
    slack.command("status", enterprise_id="E0ORG")
    assert outcome(slack) == "answered"


# Channels.


def test_an_event_says_itself_whether_its_channel_is_shared(slack: Slack) -> None:
    slack.people.channels["C0SHARED"] = Conversation(is_shared=False)
    slack.mention("status", channel="C0SHARED")
    assert is_refused(slack, Refusal.SHARED)


def test_an_event_that_says_it_needs_no_question_to_slack(slack: Slack) -> None:
    slack.mention("status")
    slack.work.run()
    assert "C0GENERAL" not in slack.people.asked


@pytest.mark.parametrize("surface", ["command", "click"])
def test_of_a_commands_and_a_clicks_channel_slack_is_asked(slack: Slack, surface: str) -> None:
    if surface == "command":
        slack.command("status", channel="C0SHARED")
    else:
        slack.click(STATUS, channel="C0SHARED")
    assert is_refused(slack, Refusal.SHARED)


def test_a_private_channel_without_the_bot_is_answered_in_private(slack: Slack) -> None:
    del slack.people.channels["C0PRIVATE"]
    slack.command("status", channel="C0PRIVATE")
    assert outcome(slack) == "answered"
    assert not only(slack).is_public


def test_a_mention_where_slack_does_not_tell_is_refused(slack: Slack) -> None:
    body = slack.event_body("app_mention", "status", "U0ALICE", "C0PRIVATE")
    del slack.people.channels["C0PRIVATE"]
    slack.deliver({key: value for key, value in body.items() if key != "is_ext_shared_channel"})
    assert is_refused(slack, Refusal.SHARED_UNKNOWN)


def test_a_page_that_all_would_see_is_refused_where_slack_does_not_tell(slack: Slack) -> None:
    del slack.people.channels["C0PRIVATE"]
    slack.click(STATUS, NEXT, channel="C0PRIVATE", is_ephemeral=False)
    assert is_refused(slack, Refusal.SHARED_UNKNOWN)


def test_sharing_is_refused_where_slack_does_not_tell(slack: Slack) -> None:
    del slack.people.channels["C0PRIVATE"]
    slack.click(STATUS, SHARE, channel="C0PRIVATE")
    assert is_refused(slack, Refusal.SHARED_UNKNOWN)


def test_a_channel_that_became_shared_since_the_button_was_shown_is_not_shared_to(slack: Slack) -> None:
    slack.people.channels["C0GENERAL"] = Conversation(is_shared=True)
    slack.click(STATUS, SHARE)
    assert is_refused(slack, Refusal.SHARED)


def test_before_everybody_reads_it_slack_is_asked_anew_whether_the_channel_is_shared(slack: Slack) -> None:
    slack.click(STATUS, SHARE)
    slack.command("status")
    slack.work.run()
    assert [asked for asked in slack.people.asked if asked.startswith("C0")] == ["C0GENERAL again", "C0GENERAL"]


def test_a_page_of_what_everybody_reads_already_is_turned_without_asking_anew(slack: Slack) -> None:
    slack.click(STATUS, NEXT)
    slack.work.run()
    assert "C0GENERAL again" not in slack.people.asked


def test_slack_is_asked_once_about_the_asker(slack: Slack) -> None:
    slack.command("status")
    slack.work.run()
    assert slack.people.asked.count("U0ALICE") == 1


def test_in_a_direct_message_there_is_nobody_to_share_with(slack: Slack) -> None:
    slack.click(STATUS, SHARE, channel="D0ALICE")
    assert outcome(slack) == "refused"


def test_a_listed_shared_channel_is_answered_for_the_own_people() -> None:
    slack = Slack(channels=frozenset({"C0SHARED"}))
    slack.mention("status", channel="C0SHARED")
    assert outcome(slack) == "answered"


def test_a_channel_that_is_not_listed_is_refused() -> None:
    slack = Slack(channels=frozenset({"C0SHARED"}))
    slack.command("status")
    assert is_refused(slack, Refusal.CHANNEL)


def test_a_list_of_channels_closes_direct_messages() -> None:
    slack = Slack(channels=frozenset({"C0GENERAL"}))
    slack.message("status")
    assert is_refused(slack, Refusal.DIRECT)


def test_a_user_who_is_not_listed_is_refused() -> None:
    slack = Slack(users=frozenset({"U0MINJI"}))
    slack.command("status")
    assert is_refused(slack, Refusal.USER)


# Whatever a payload claims.

CHANNELS = ("C0GENERAL", "C0SHARED", "C0UNKNOWN", "D0GUEST")
CLAIMS = st.sampled_from([None, TEAM, OTHER_TEAM, "E0OWN", ""])


def answer(slack: Slack, ask: Ask | None) -> None:
    """Let the bot answer one question."""
    assert ask is not None
    slack.desk.take(ask)
    slack.work.run()


def claimed(slack: Slack, surface: str, channel: str, claims: dict[str, Any]) -> Body:
    """Return a body of the guest that claims these teams wherever a body can name one."""
    place = {"team_id": claims["place"], "enterprise_id": claims["organisation"]}
    if surface == "command":
        return {**slack.command_body("status", "U0GUEST", "D0GUEST"), "channel_id": channel, **place}
    if surface == "click":
        body = slack.click_body('{"v":1,"q":"status","l":"en","p":0}', claims["action"], "U0GUEST", "D0GUEST")
        team = {"id": claims["place"], "enterprise_id": claims["organisation"]}
        container = {**body["container"], "channel_id": channel, "is_ephemeral": claims["is_ephemeral"]}
        return {**body, "team": team, "channel": {"id": channel}, "container": container}
    body = slack.event_body("app_mention", "status", "U0GUEST", "D0GUEST")
    return {**body, **place, "event": {**body["event"], "channel": channel, "source_team": claims["place"]}}


@given(
    surface=st.sampled_from(["command", "click", "event"]),
    channel=st.sampled_from(CHANNELS),
    claims=st.fixed_dictionaries(
        {
            "place": CLAIMS,
            "organisation": CLAIMS,
            "action": st.sampled_from(["ask", NEXT, SHARE]),
            "is_ephemeral": st.booleans(),
        }
    ),
    is_told=st.booleans(),
    is_listed=st.booleans(),
)
def test_a_guest_is_never_answered_whatever_the_place_is_called(
    surface: str, channel: str, claims: dict[str, Any], is_told: bool, is_listed: bool
) -> None:
    # The guest is where guests can be: not in a channel Slack says is the workspace's alone.
    channel = "C0SHARED" if channel == "C0GENERAL" else channel
    slack = Slack(
        own_teams=frozenset({TEAM, "E0OWN"}),
        channels=frozenset({channel} if is_listed else ()),
        users=frozenset({"U0GUEST"} if is_listed else ()),
    )
    if not is_told:
        slack.people.users = {}
    body = claimed(slack, surface, channel, claims) | {"is_ext_shared_channel": channel == "C0SHARED"}
    answer(slack, {"command": from_command, "click": from_button, "event": from_event}[surface](body))
    assert [outcome for _, _, outcome in slack.counted.outcomes] == ["refused"]
    assert not any(answer.is_public for answer in slack.posted.sent)


@given(
    action=st.sampled_from(["ask", NEXT, SHARE]),
    channel=st.sampled_from(CHANNELS),
    is_ephemeral=st.booleans(),
    is_mention=st.booleans(),
    listed=st.frozensets(st.sampled_from(CHANNELS)),
)
def test_nothing_is_said_in_public_in_a_shared_channel_that_is_not_listed(
    action: str, channel: str, is_ephemeral: bool, is_mention: bool, listed: frozenset[str]
) -> None:
    slack = Slack(channels=listed)
    if is_mention:
        body = slack.event_body("app_mention", "status", "U0ALICE", "C0GENERAL", channel=channel)
        shared = None if channel == "C0UNKNOWN" else channel == "C0SHARED"
        answer(slack, from_event({**body, "is_ext_shared_channel": shared}))
    else:
        body = slack.click_body('{"v":1,"q":"status","l":"en","p":0}', action, is_ephemeral=is_ephemeral)
        container = {**body["container"], "channel_id": channel}
        answer(slack, from_button({**body, "channel": {"id": channel}, "container": container}))
    shown = [answer for answer in slack.posted.sent if answer.is_public or answer.replace]
    is_own = channel in ("C0GENERAL", "D0GUEST")
    if not is_own and channel not in listed and not (is_ephemeral and action == NEXT and not is_mention):
        assert shown == []
