"""Payloads to Asks: what each surface says, and that no body, however odd, raises."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.buttons import ASK, NEXT, PREVIOUS, SHARE, Asked, encode
from handlers.asks import Ask, Surface, from_button, from_command, from_event
from tests.unit.handlers.slack import RESPONSE_URL, Slack

STATUS = Asked("status", "en")


@pytest.fixture
def slack() -> Slack:
    """Return a workspace."""
    return Slack()


def event(slack: Slack, **changes: Any) -> dict[str, Any]:
    """Return the body of a mention, with changes to the event."""
    return slack.event_body("app_mention", "<@U0BOT> status", "U0ALICE", "C0GENERAL", **changes)


def direct(slack: Slack, **changes: Any) -> dict[str, Any]:
    """Return the body of a direct message, with changes to the event."""
    return slack.event_body("message", "status", "U0ALICE", "D0ALICE", **changes)


def said(body: Mapping[str, Any]) -> Ask:
    """Return what an event asks."""
    ask = from_event(body)
    assert ask is not None
    return ask


def clicked(body: Mapping[str, Any]) -> Ask:
    """Return what a click asks."""
    ask = from_button(body)
    assert ask is not None
    return ask


def test_a_command_is_answered_through_its_response_url(slack: Slack) -> None:
    body = slack.command_body("status", "U0ALICE", "C0GENERAL")
    assert from_command(body) == Ask(
        surface=Surface.COMMAND,
        keys=(body["trigger_id"],),
        text="status",
        user="U0ALICE",
        channel="C0GENERAL",
        workspaces=frozenset({"T0TEAM"}),
        response_url=RESPONSE_URL,
    )


def test_the_workspace_of_a_command_is_where_it_was_typed_not_whose_it_is(slack: Slack) -> None:
    ask = from_command(slack.command_body("status", "U0GUEST", "C0SHARED", enterprise_id="E0ORG"))
    assert ask.teams == frozenset()
    assert ask.workspaces == {"T0TEAM", "E0ORG"}


def test_a_command_in_a_direct_conversation_is_not_answered_with_a_post(slack: Slack) -> None:
    ask = from_command(slack.command_body("status", "U0ALICE", "D0ALICE"))
    assert (ask.is_direct, ask.is_private, ask.is_posted) == (True, True, False)


def test_a_mention_is_answered_in_a_thread_it_opens(slack: Slack) -> None:
    body = event(slack)
    ask = said(body)
    assert (ask.surface, ask.thread_ts) == (Surface.MENTION, body["event"]["ts"])
    assert (ask.is_direct, ask.is_private, ask.is_posted, ask.is_ephemeral) == (False, False, True, False)


def test_a_mention_in_a_thread_is_answered_in_that_thread(slack: Slack) -> None:
    assert said(event(slack, thread_ts="1.0")).thread_ts == "1.0"


def test_a_direct_message_is_answered_beside_it(slack: Slack) -> None:
    ask = said(direct(slack))
    assert (ask.surface, ask.thread_ts, ask.is_direct) == (Surface.DIRECT, None, True)
    assert (ask.is_private, ask.is_posted) == (True, True)


def test_a_direct_message_in_a_thread_is_answered_there(slack: Slack) -> None:
    assert said(direct(slack, thread_ts="1.0")).thread_ts == "1.0"


def test_an_event_is_known_by_its_id_and_by_what_was_said(slack: Slack) -> None:
    body = event(slack)
    assert said(body).keys == (body["event_id"], f"C0GENERAL:{body['event']['ts']}")


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast"])
def test_what_people_say_with_a_file_or_to_the_channel_as_well_is_a_question(slack: Slack, subtype: str) -> None:
    assert said(direct(slack, subtype=subtype)).text == "status"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"subtype": "message_changed"}, id="an-edit"),
        pytest.param({"subtype": "message_deleted"}, id="a-deletion"),
        pytest.param({"subtype": "channel_join"}, id="a-join"),
        pytest.param({"subtype": "bot_message"}, id="a-bot-of-old"),
        pytest.param({"subtype": ["file_share"]}, id="a-list-of-subtypes"),
        pytest.param({"bot_id": "B0OTHER"}, id="a-bot"),
        pytest.param({"user": None}, id="nobody"),
        pytest.param({"user": {"id": "U0ALICE"}}, id="a-user-that-is-no-id"),
        pytest.param({"channel": None}, id="nowhere"),
    ],
)
def test_what_nobody_said_just_now_is_no_question(slack: Slack, changes: dict[str, Any]) -> None:
    assert from_event(direct(slack, **changes)) is None


def test_a_message_in_a_channel_is_no_question(slack: Slack) -> None:
    body = slack.event_body("message", "status", "U0ALICE", "C0GENERAL", channel_type="channel")
    assert from_event(body) is None


@pytest.mark.parametrize(
    ("changes", "teams"),
    [
        pytest.param({"team": "T0TEAM"}, {"T0TEAM"}, id="own"),
        pytest.param({"team": "T0TEAM", "user_team": "T0OTHER"}, {"T0OTHER"}, id="the-users-own-counts"),
        pytest.param(
            {"team": "T0TEAM", "user_team": "T0OTHER", "source_team": "T0TEAM"},
            {"T0OTHER"},
            id="where-it-was-typed-does-not",
        ),
        pytest.param({"team": None}, set(), id="not-told"),
        pytest.param({"team": None, "source_team": "T0TEAM"}, set(), id="only-where-it-was-typed"),
        pytest.param({"team": ["T0TEAM"]}, set(), id="a-list"),
    ],
)
def test_the_askers_home_in_an_event(slack: Slack, changes: dict[str, Any], teams: set[str]) -> None:
    assert said(event(slack, **changes)).teams == teams


@pytest.mark.parametrize(
    ("told", "expected"),
    [(True, True), (False, False), (None, None), ("false", None), (0, None)],
)
def test_only_yes_or_no_says_whether_a_channel_is_shared(slack: Slack, told: Any, expected: bool | None) -> None:
    assert said({**event(slack), "is_ext_shared_channel": told}).is_shared is expected


@pytest.mark.parametrize(
    ("action", "surface"),
    [
        pytest.param(ASK, Surface.BUTTON, id="ask"),
        pytest.param(f"{ASK}-12", Surface.BUTTON, id="one-of-several"),
        pytest.param(NEXT, Surface.PAGE, id="next"),
        pytest.param(PREVIOUS, Surface.PAGE, id="previous"),
        pytest.param(f"{NEXT}-2", Surface.PAGE, id="a-second-pager"),
        pytest.param(SHARE, Surface.SHARE, id="share"),
        pytest.param("of-another-version", Surface.BUTTON, id="unknown"),
    ],
)
def test_what_a_button_does_is_told_by_its_id(slack: Slack, action: str, surface: Surface) -> None:
    ask = clicked(slack.click_body(encode(STATUS) or "", action))
    assert (ask.surface, ask.asked) == (surface, STATUS)


def test_an_option_of_a_menu_asks_as_a_button_does(slack: Slack) -> None:
    body = slack.click_body("")
    body["actions"] = [{"type": "overflow", "action_id": ASK, "selected_option": {"value": encode(STATUS)}}]
    assert clicked(body).asked == STATUS


def test_a_button_of_another_version_asks_nothing_that_is_known(slack: Slack) -> None:
    ask = clicked(slack.click_body('{"v":99}'))
    assert (ask.asked, ask.text) == (None, "")


@pytest.mark.parametrize(
    "actions",
    [
        pytest.param([{"type": "button", "action_id": "a0-1", "url": "https://example.com/"}], id="link"),
        pytest.param([{"type": "button", "action_id": "a0-1", "value": None}], id="no-value"),
        pytest.param([], id="no-action"),
        pytest.param({}, id="a-table"),
        pytest.param(["ask"], id="a-word"),
        pytest.param(None, id="nothing"),
    ],
)
def test_a_click_that_carries_nothing_asks_nothing(slack: Slack, actions: Any) -> None:
    assert from_button({**slack.click_body("x"), "actions": actions}) is None


def test_a_click_on_an_ephemeral_message_is_a_private_matter(slack: Slack) -> None:
    ask = clicked(slack.click_body(encode(STATUS) or "", NEXT))
    assert (ask.is_ephemeral, ask.is_private, ask.is_posted) == (True, True, False)


def test_a_page_of_a_message_that_all_see_is_public(slack: Slack) -> None:
    ask = clicked(slack.click_body(encode(STATUS) or "", NEXT, is_ephemeral=False))
    assert (ask.is_ephemeral, ask.is_private) == (False, False)


def test_sharing_is_public(slack: Slack) -> None:
    assert not clicked(slack.click_body(encode(STATUS) or "", SHARE)).is_private


def test_a_click_below_a_thread_stays_in_it(slack: Slack) -> None:
    assert clicked(slack.click_body(encode(STATUS) or "", thread_ts="1.0")).thread_ts == "1.0"


def test_the_home_of_who_clicked_is_the_users_own(slack: Slack) -> None:
    ask = clicked(slack.click_body(encode(STATUS) or "", user="U0GUEST", channel="C0SHARED"))
    assert (ask.teams, ask.workspaces) == ({"T0OTHER"}, {"T0TEAM"})


def test_a_click_that_does_not_tell_the_users_home_does_not_borrow_the_places(slack: Slack) -> None:
    ask = clicked(slack.click_body(encode(STATUS) or "", user="U0GUEST") | {"user": {"id": "U0GUEST"}})
    assert (ask.teams, ask.workspaces) == (frozenset(), {"T0TEAM"})


# Whatever arrives.

#: What JSON can hold where a text or a table is expected.
JSON = st.sampled_from([None, True, 0, -1.5, float("nan"), "", "C1", [], [None], ["C1"], {}, {"id": 1}, {"id": ["C1"]}])

COMMAND_FIELDS = ("trigger_id", "text", "user_id", "channel_id", "team_id", "enterprise_id", "response_url")
EVENT_FIELDS = ("type", "subtype", "bot_id", "user", "channel", "channel_type", "ts", "thread_ts", "text", "team")
CLICK_FIELDS = ("user", "team", "channel", "container", "actions", "trigger_id", "response_url", "message")
INNER_FIELDS = ("id", "team_id", "enterprise_id", "channel_id", "is_ephemeral", "message_ts", "action_id", "value")


def bodies(*fields: str, values: st.SearchStrategy[Any] = JSON) -> st.SearchStrategy[dict[str, Any]]:
    """Return tables that have any of these fields, with any values."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(fields, values))


INNER = JSON | bodies(*INNER_FIELDS) | st.lists(bodies(*INNER_FIELDS), max_size=2)


def is_sound(ask: Ask | None) -> bool:
    """Whether every field has the type it says."""
    if ask is None:
        return True
    words = (ask.text, ask.user, ask.channel, *ask.keys, *ask.teams, *ask.workspaces)
    may_be = (ask.thread_ts, ask.message_ts, ask.response_url)
    return all(isinstance(word, str) for word in words) and all(isinstance(word, str | None) for word in may_be)


@pytest.mark.parametrize(
    ("read", "body"),
    [
        pytest.param(from_command, bodies(*COMMAND_FIELDS), id="command"),
        pytest.param(
            from_event,
            bodies("event", "event_id", "team_id", "is_ext_shared_channel", values=JSON | bodies(*EVENT_FIELDS)),
            id="event",
        ),
        pytest.param(from_button, bodies(*CLICK_FIELDS, values=INNER), id="click"),
    ],
)
def test_no_body_raises_and_every_field_has_its_type(
    read: Callable[[Mapping[str, Any]], Ask | None], body: st.SearchStrategy[dict[str, Any]]
) -> None:
    @given(body)
    def check(body: dict[str, Any]) -> None:
        assert is_sound(read(body))

    check()


@pytest.mark.parametrize("surface", ["command", "event", "click"])
@given(spoilt=INNER, data=st.data())
def test_a_real_body_with_one_field_spoilt_does_not_raise(surface: str, spoilt: Any, data: st.DataObject) -> None:
    read, body, inner = REAL[surface]
    changed = {**body, **({inner: dict(body[inner])} if inner else {})}
    table = data.draw(st.sampled_from([changed, *([changed[inner]] if inner else [])]))
    table[data.draw(st.sampled_from(sorted(table)))] = spoilt
    assert is_sound(read(changed))


_SLACK = Slack()
REAL: dict[str, tuple[Callable[[Mapping[str, Any]], Ask | None], dict[str, Any], str | None]] = {
    "command": (from_command, _SLACK.command_body("status", "U0ALICE", "C0GENERAL"), None),
    "event": (from_event, direct(_SLACK), "event"),
    "click": (from_button, _SLACK.click_body(encode(STATUS) or ""), "container"),
}
