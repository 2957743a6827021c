"""Orders: what is one, who may give it, who is told, and what becomes of it when something is in the way."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace
from slack_bolt import BoltResponse

from bot.core.buttons import Asked
from bot.core.forms import FIELDS, values_of
from bot.core.kept import Actor, Subscribed
from bot.core.subscriptions import Scope, ScopeKind, Subscription
from bot.errors import SlackError, SlackRefusedError, StoreError
from bot.playground.slack import payloads
from bot.playground.slack.limits import view_problems
from bot.render.digest_form import ACTION, FORM, About, encode
from handlers.ports import Posted
from tests.unit.clusters import AS_OF
from tests.unit.handlers.ports import Conversation, Person, Sent
from tests.unit.handlers.slack import Slack

FOUND = Subscription("C0GENERAL", AS_OF.replace(year=2025), by="U0MINJI")
ON = Subscribed("C0GENERAL", FOUND, 3)
FAILED = StoreError("store-failed", place="/secret/kept.db", reason="locked")


@pytest.fixture
def slack() -> Slack:
    """Return a workspace with a bot in it."""
    return Slack(admins=frozenset({"U0ALICE", "S0LEADS"}))


def said(slack: Slack) -> list[Sent]:
    """Let the bot answer, and return what it sent."""
    before = len(slack.posted.sent)
    slack.work.run()
    return slack.posted.sent[before:]


def outcome(slack: Slack) -> str:
    return slack.counted.outcomes[-1][2]


def test_who_turns_a_digest_on_is_told_what_it_is_and_so_is_the_channel(slack: Slack) -> None:
    slack.people.users["U0ALICE"] = Person(slack.people.users["U0ALICE"].teams, "en-US", "America/New_York")
    slack.command("digest on thu 08:15")
    told, public = said(slack)
    assert not told.is_public
    assert "Thursdays 08:15 America/New_York, English, whole cluster; next: " in told.text
    assert (public.via, public.place, public.is_public) == ("post", "C0GENERAL", True)
    assert public.text.startswith("<@U0ALICE> turned digests and reminders on in this channel.")
    [(who, action)] = slack.settings.done
    assert (who, action) == (Actor("U0ALICE", "C0GENERAL"), "digest on")
    kept = slack.settings.rows["C0GENERAL"].subscription
    assert kept is not None
    assert (kept.since, kept.by, kept.zone) == (AS_OF, "U0ALICE", "America/New_York")
    assert outcome(slack) == "changed"


def test_where_slack_tells_no_time_zone_the_one_of_the_settings_holds(slack: Slack) -> None:
    for zone in ("", "Mars/Olympus"):
        slack.people.users["U0ALICE"] = Person(slack.people.users["U0ALICE"].teams, "en-US", zone)
        slack.settings.rows.clear()
        slack.command("digest on")
        assert "Europe/Berlin" in said(slack)[0].text


def test_what_is_so_already_is_not_changed_and_not_announced(slack: Slack) -> None:
    slack.settings.rows["C0GENERAL"] = ON
    slack.command("digest on mon")
    [told] = said(slack)
    assert "already" in told.text
    assert slack.settings.done == []


def test_what_is_put_off_here_is_not_the_next_reminder_before_it_comes_back(slack: Slack) -> None:
    slack.settings.rows["C0GENERAL"] = replace(ON, subscription=replace(FOUND, days=()))

    def shown() -> str:
        slack.command("digest show")
        return said(slack)[0].text

    assert "Next reminder: 2026-12-02 09:00, " in shown()
    slack.settings.snoozes["C0ELSE", "kubernetes-1.38"] = (date(2026, 12, 8), "elsewhere")
    assert "Next reminder: 2026-12-02 09:00, " in shown()
    slack.settings.snoozes["C0GENERAL", "kubernetes-1.38"] = (date(2026, 12, 8), "we wait")
    assert "Next reminder: 2026-12-08 09:00, " in shown()
    slack.command("digest on days=none at=10:00")
    told, public = said(slack)
    assert "next: 2026-12-08 10:00" in told.text
    assert "next: 2026-12-08 10:00" in public.text


@pytest.mark.parametrize(("key", "next_"), [("digest:2026-11-23", "2026-11-30 15:00"), (None, "2026-11-23 15:00")])
def test_what_the_ledger_has_of_today_does_not_come_again_at_another_time(
    slack: Slack, key: str | None, next_: str
) -> None:
    assert ON.subscription is not None
    since = AS_OF  # turned on again today: by these settings nothing was due yet
    slack.settings.rows["C0GENERAL"] = replace(ON, subscription=replace(ON.subscription, since=since))
    slack.settings.ledger = [("C0ELSE", "digest:2026-11-23", AS_OF), ("C0GENERAL", "digest:2026-11-16", AS_OF)]
    if key is not None:
        slack.settings.ledger.append(("C0GENERAL", key, AS_OF))
    slack.command("digest on mon 15:00")
    told, public = said(slack)
    assert f"next: {next_}" in told.text
    assert f"next: {next_}" in public.text


def test_what_was_changed_is_told_as_changed_though_nobody_knows_what_comes_next(slack: Slack) -> None:
    slack.settings.rows["C0GENERAL"] = ON
    slack.settings.unread = FAILED
    slack.command("digest on fri")
    told, public = said(slack)
    assert told.text.startswith("The settings are changed.")
    for sent in (told, public):
        assert "whole cluster; what comes next I cannot look up at the moment" in sent.text
        assert "next: " not in sent.text
    kept = slack.settings.rows["C0GENERAL"].subscription
    assert kept is not None
    assert kept.days == (4,)
    slack.command("digest on fri")
    [told] = said(slack)
    assert "That is how it is already." in told.text
    slack.command("digest show")
    [told] = said(slack)
    assert "I cannot look that up" in told.text


def test_a_change_leaves_who_made_it_and_speaks_the_channels_language(slack: Slack) -> None:
    slack.settings.rows["C0GENERAL"] = replace(ON, subscription=replace(FOUND, language="ko"))
    slack.command("digest on fri")
    told, public = said(slack)
    assert "The settings are changed." in told.text
    assert "<@U0ALICE> 님이 이 채널의" in public.text
    kept = slack.settings.rows["C0GENERAL"].subscription
    assert kept is not None
    assert (kept.by, kept.days, kept.since) == ("U0MINJI", (4,), AS_OF)


def test_in_a_direct_conversation_nothing_is_announced(slack: Slack) -> None:
    slack.message("digest on")
    [told] = said(slack)
    assert told.place == "D0ALICE"
    assert set(slack.settings.rows) == {"D0ALICE"}


def test_in_a_conversation_of_other_people_nothing_is_turned_on(slack: Slack) -> None:
    slack.command("digest on", channel_id="D0MINJI")
    [told] = said(slack)
    assert "In a conversation of other people I cannot post" in told.text
    assert slack.settings.rows == {}


@pytest.mark.parametrize(
    ("channel", "facts", "says"),
    [
        ("C0NOBOT", None, "I am not a member of this channel"),
        ("C0PRIVATE", None, "I am not a member of this channel"),
        ("C0GENERAL", "unknown", "Slack does not show me this channel"),
        ("C0SHARED", None, "This channel is shared with another organisation"),
    ],
)
def test_where_the_bot_cannot_post_or_others_read_nothing_is_turned_on(
    slack: Slack, channel: str, facts: str | None, says: str
) -> None:
    if facts:
        slack.people.channels.pop(channel)
    slack.command("digest on", channel=channel)
    [told] = said(slack)
    assert says in told.text
    assert slack.settings.rows == {}
    assert outcome(slack) == "refused"


def test_a_stranger_orders_nothing_and_no_form_is_left_open(slack: Slack) -> None:
    slack.command("digest on", user="U0GUEST")
    slack.command("digest", user="U0GUEST")
    assert all("people of this workspace only" in sent.text for sent in said(slack))
    assert slack.settings.rows == {}
    assert "The reason stands in my message" in json.dumps(slack.forms.views["V1"])


def test_the_words_of_somebody_else_order_nothing(slack: Slack) -> None:
    message = payloads.written("digest on", slack.workspace.new_ts(), "U0MINJI")
    who, where = slack.workspace.users["U0ALICE"], slack.workspace.channels["C0GENERAL"]
    slack.deliver(payloads.shortcut(slack.workspace, "ask_about_this", message, where, who, "https://x.test/"))
    said(slack)
    assert slack.settings.rows == {}


@pytest.mark.parametrize("words", ["digest on", "digest off", "milestones set 1.24 2027-01-01"])
def test_a_button_changes_nothing(slack: Slack, words: str) -> None:
    slack.settings.rows["C0GENERAL"] = ON
    slack.click(Asked(words, "en"))
    said(slack)
    assert (slack.settings.done, slack.settings.own) == ([], {})


def test_a_button_shows_and_opens(slack: Slack) -> None:
    slack.settings.rows["C0GENERAL"] = ON
    slack.click(Asked("digest show", "en"))
    assert "Digests and reminders are on here." in said(slack)[0].text
    slack.click(Asked("digest", "en"))
    assert said(slack) == []
    assert view_problems(slack.forms.views["V1"]) == []
    assert slack.forms.views["V1"]["callback_id"] == FORM


def test_a_name_that_nobody_has_is_told_with_near_ones(slack: Slack) -> None:
    slack.command("digest on namespaces=cl")
    assert "there is no namespace `cl`" in said(slack)[0].text
    slack.command("digest on namespaces=CI")
    assert "Near: `ci`" in said(slack)[0].text
    assert slack.settings.rows == {}


def test_before_the_first_read_names_are_taken_with_a_warning(slack: Slack) -> None:
    slack.source.error = SlackError("slack-unreachable", method="x")
    slack.command("digest on namespaces=ci,gone")
    told = said(slack)[0]
    assert "I could not check these names" in told.text
    assert "`ci`, `gone`" in told.text
    assert slack.settings.rows["C0GENERAL"].subscription is not None


def test_a_name_of_a_person_obeys_nothing(slack: Slack) -> None:
    slack.source.error = SlackError("slack-unreachable", method="x")
    slack.command("digest on owner=<!channel>*x*")
    for sent in said(slack):
        assert "<!channel>" not in sent.text


def test_somebody_faster_is_told_and_nothing_is_undone(slack: Slack) -> None:
    slack.settings.rows["C0GENERAL"] = ON
    other = replace(ON, version=4, subscription=replace(FOUND, days=(6,)))
    slack.settings.before_change = lambda: slack.settings.rows.update(C0GENERAL=other)
    for words in ("digest on fri", "digest off", "digest pause 2099-01-01"):
        slack.settings.rows["C0GENERAL"] = ON
        slack.command(words)
        [told] = said(slack)
        assert "Somebody else changed these settings" in told.text
        assert slack.settings.rows["C0GENERAL"] == other
        assert outcome(slack) == "conflict"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("digest on", "Nothing was changed. Questions are answered all the same"),
        ("milestones set 1.24 2027-01-01", "Nothing was changed. Questions are answered all the same"),
        ("digest show", "I cannot look that up"),
        ("digest off", "Nothing was changed"),
    ],
)
def test_a_database_that_fails_is_told_without_where_it_is(slack: Slack, words: str, says: str) -> None:
    slack.settings.error = FAILED
    slack.command(words)
    [told] = said(slack)
    assert says in told.text
    assert "/secret" not in told.text
    assert outcome(slack) == "not-kept"
    slack.command("status")
    assert outcome_after(slack) == "answered"


def outcome_after(slack: Slack) -> str:
    slack.work.run()
    return outcome(slack)


def test_what_nobody_can_tell_is_not_called_unchanged(slack: Slack) -> None:
    slack.settings.error = StoreError("store-unsure", place="x", reason="no answer")
    slack.command("digest on")
    [told] = said(slack)
    assert "did not tell whether it kept that" in told.text
    assert "Nothing was changed" not in told.text


def test_what_cannot_be_announced_is_told_to_who_did_it(slack: Slack) -> None:
    slack.posted.refuse(
        SlackRefusedError("slack-restricted", method="chat.postMessage", code="restricted_action"), "post"
    )
    slack.command("digest on")
    first, second = said(slack)
    assert "are on here" in first.text
    assert "I could not tell the channel of it" in second.text


def test_pauses_end_on_days_to_come(slack: Slack) -> None:
    slack.settings.rows["C0GENERAL"] = ON
    slack.command("digest pause 2020-01-01")
    assert "date: `2020-01-01` is over already." in said(slack)[0].text
    slack.command("digest pause 2026-13-01")
    assert "is no date" in said(slack)[0].text
    assert slack.settings.done == []
    slack.command("digest pause 2099-12-24")
    assert "until 2099-12-24" in said(slack)[1].text
    slack.command("digest show")
    assert "nothing is posted before 2099-12-24" in said(slack)[0].text
    slack.command("digest resume")
    assert "resumed" in said(slack)[1].text


def test_one_that_slack_stopped_says_why_and_goes_on(slack: Slack) -> None:
    slack.settings.rows["C0GENERAL"] = replace(ON, subscription=replace(FOUND, stopped="not_in_channel"))
    slack.settings.posted["C0GENERAL"] = ("digest", AS_OF)
    slack.command("digest show")
    text = said(slack)[0].text
    assert "stopped here: I am not a member of the channel" in text
    assert "Last post: a digest" in text
    slack.command("digest resume")
    said(slack)
    kept = slack.settings.rows["C0GENERAL"].subscription
    assert kept is not None
    assert (kept.stopped, kept.since) == (None, AS_OF)


def test_a_damaged_row_is_told_and_made_anew(slack: Slack) -> None:
    slack.settings.rows["C0GENERAL"] = Subscribed("C0GENERAL", None, 7)
    slack.command("digest show")
    assert "are damaged in my database" in said(slack)[0].text
    slack.command("digest on tue")
    assert "are on here" in said(slack)[0].text
    assert slack.settings.rows["C0GENERAL"].version == 8


class PostsNow:
    """Posts at once; ``channels``: where."""

    def __init__(self) -> None:
        self.channels: list[str] = []

    def post_now(self, channel: str) -> Posted:
        self.channels.append(channel)
        return Posted.POSTED


def test_a_digest_is_posted_at_once_where_that_can_be_done() -> None:
    now = PostsNow()
    slack = Slack(post_now=now)
    slack.settings.rows["C0GENERAL"] = ON
    slack.command("digest now")
    assert "The digest is posted." in said(slack)[0].text
    assert now.channels == ["C0GENERAL"]


def test_where_it_cannot_be_done_nothing_else_is_claimed(slack: Slack) -> None:
    slack.settings.rows["C0GENERAL"] = ON
    slack.command("digest now")
    [told] = said(slack)
    assert "Nothing was posted." in told.text


# Dates.


@pytest.mark.parametrize(
    ("user", "groups", "is_allowed"),
    [
        ("U0ALICE", {}, True),
        ("U0MINJI", {"S0LEADS": {"U0MINJI"}}, True),
        ("U0MINJI", {"S0LEADS": {"U0BOB"}}, False),
        ("U0MINJI", {"S0LEADS": None}, False),
    ],
)
def test_dates_are_for_those_the_settings_name(
    slack: Slack, user: str, groups: dict[str, set[str] | None], is_allowed: bool
) -> None:
    slack.members.groups = groups
    slack.people.users[user] = Person(slack.people.users["U0ALICE"].teams)
    slack.command("milestones set v1.24 2027-05-01 because <!here> slow", user=user)
    sent = said(slack)
    assert bool(slack.settings.own) is is_allowed
    if is_allowed:
        assert [entry.is_public for entry in sent] == [False, True]
        assert f"<@{user}> set this cluster's own date" in sent[1].text
        assert not any("<!here>" in entry.text for entry in sent)
    else:
        [told] = sent
        assert "Nothing was changed" in told.text
        assert ("Slack does not tell me" in told.text) is (groups["S0LEADS"] is None)


def test_a_date_names_what_it_was_and_what_upstream_says(slack: Slack) -> None:
    slack.command("milestones set 1.24 2027-05-01")
    said(slack)
    slack.command("milestones set 1.24 2027-06-01")
    text = said(slack)[0].text
    assert "Before: 2027-05-01" in text
    assert "Upstream: 2022-05-03" in text
    slack.command("milestones unset 1.24")
    assert "it was 2027-06-01" in said(slack)[0].text
    slack.command("milestones unset 1.24")
    assert "has no date of its own" in said(slack)[0].text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("milestones set 1.24 2027-02-30", "date: `2027-02-30` is no date"),
        ("milestones set 1.24 soon", "date: `soon` is no date"),
        ("milestones set 9.99 2027-02-03", "I know of no date for `9.99`"),
        ("milestones set 1.24", "The date for `1.24` is missing"),
    ],
)
def test_an_impossible_date_is_told(slack: Slack, words: str, says: str) -> None:
    slack.command(words)
    [told] = said(slack)
    assert says in told.text
    assert slack.settings.own == {}


def test_a_date_set_where_others_read_is_not_announced(slack: Slack) -> None:
    slack.command("milestones set 1.24 2027-05-01", channel="C0NOBOT")
    assert [sent.is_public for sent in said(slack)] == [False]
    assert slack.settings.own


# The form.


def submitted(
    slack: Slack, user: str = "U0ALICE", version: int = 0, channel: str = "C0GENERAL", **changes: tuple[str, ...]
) -> BoltResponse:
    """Save a form as Slack delivers it."""
    values = {**values_of(FOUND), **changes}
    state: dict[str, dict[str, Any]] = {}
    for field in FIELDS:
        held: dict[str, Any] = {"selected_options": [{"value": value} for value in values[field]]}
        if field in ("zone", "language", "scope"):
            held = {"selected_option": {"value": values[field][0]}}
        elif field == "at":
            held = {"selected_time": values[field][0]}
        elif field in ("more", "quiet"):
            held = {"value": values[field][0] or None}
        state[field] = {f"{ACTION}{field}": held}
    view = {
        "type": "modal",
        "id": "V1",
        "callback_id": FORM,
        "private_metadata": encode(About(channel, version, "en")),
        "state": {"values": state},
    }
    body = payloads.interaction(slack.workspace, "view_submission", slack.workspace.users[user])
    return slack.deliver({**body, "view": view})


def test_a_form_is_saved_where_its_saver_is(slack: Slack) -> None:
    slack.members.channels["C0GENERAL"] = {"U0ALICE"}
    response = submitted(slack, days=("1", "2"), scope=("namespaces",), namespaces=("ci",))
    assert (response.status, response.body) == (200, "")
    told, public = said(slack)
    assert (told.via, told.user) == ("post_ephemeral", "U0ALICE")
    assert "Tuesdays, Wednesdays 09:00 UTC, English, namespaces `ci`" in told.text
    assert public.is_public
    kept = slack.settings.rows["C0GENERAL"].subscription
    assert kept is not None
    assert (kept.scope, kept.by) == (Scope(ScopeKind.NAMESPACES, ("ci",)), "U0ALICE")


@pytest.mark.parametrize(
    ("members", "says"), [({"U0MINJI"}, "You are not in that channel"), (None, "does not tell me")]
)
def test_who_is_not_in_the_channel_saves_nothing(slack: Slack, members: set[str] | None, says: str) -> None:
    slack.members.channels["C0GENERAL"] = members
    submitted(slack)
    [told] = said(slack)
    assert says in told.text
    assert slack.settings.rows == {}


def test_a_form_of_earlier_settings_is_refused(slack: Slack) -> None:
    slack.members.channels["C0GENERAL"] = {"U0ALICE"}
    slack.settings.rows["C0GENERAL"] = ON
    submitted(slack, version=2, days=("5",))
    assert "Somebody else changed" in said(slack)[0].text
    assert slack.settings.rows["C0GENERAL"] == ON
    submitted(slack, version=3, days=("5",))
    said(slack)
    assert slack.settings.rows["C0GENERAL"].version == 4


def test_what_is_wrong_with_a_form_is_told_in_it_before_anything_is_asked(slack: Slack) -> None:
    response = submitted(slack, quiet=("22",), scope=("owner",))
    assert json.loads(response.body)["response_action"] == "errors"
    errors = json.loads(response.body)["errors"]
    assert errors["quiet"] == "quiet: 22 is no span of time, such as 22:00-07:00."
    assert set(errors) == {"quiet", "owners"}
    assert (len(slack.work.jobs), slack.people.asked) == (0, [])


def test_a_form_that_there_is_no_room_for_stays_open(slack: Slack) -> None:
    slack.work.is_full = True
    assert json.loads(submitted(slack).body)["errors"].keys() == {"days"}


@pytest.mark.parametrize("metadata", ["", "{", '{"c": 1}', '{"c": "C0GENERAL", "v": "x", "l": "en"}', "[]"])
def test_a_form_of_another_version_does_nothing(slack: Slack, metadata: str) -> None:
    body = payloads.interaction(slack.workspace, "view_submission", slack.workspace.users["U0ALICE"])
    response = slack.deliver({**body, "view": {"type": "modal", "callback_id": FORM, "private_metadata": metadata}})
    assert response.status == 200
    assert said(slack) == []


def test_a_form_that_was_closed_meanwhile_is_nobodys_error(slack: Slack) -> None:
    slack.forms.refused["update"] = SlackRefusedError("slack-refused", method="views.update", code="not_found")
    slack.command("digest")
    assert said(slack) == []


def test_where_no_form_can_be_opened_the_settings_are_shown(slack: Slack) -> None:
    slack.forms.refused["open"] = SlackRefusedError("slack-refused", method="views.open", code="expired_trigger_id")
    slack.settings.rows["C0GENERAL"] = ON
    slack.command("digest")
    [told] = said(slack)
    assert "Digests and reminders are on here." in told.text


def test_a_database_that_fails_is_told_in_the_form(slack: Slack) -> None:
    slack.settings.error = FAILED
    slack.command("digest")
    assert said(slack) == []
    assert "my database does not work" in json.dumps(slack.forms.views["V1"])


def typed(slack: Slack, field: str, query: str, user: str = "U0ALICE") -> list[str]:
    body = payloads.interaction(slack.workspace, "block_suggestion", slack.workspace.users[user])
    response = slack.deliver({**body, "action_id": f"{ACTION}{field}", "block_id": field, "value": query})
    return [option["value"] for option in json.loads(response.body)["options"]]


def test_menus_offer_what_is_typed_and_nothing_to_strangers(slack: Slack) -> None:
    assert typed(slack, "zone", "seoul") == ["Asia/Seoul"]
    assert len(typed(slack, "zone", "")) == 100
    assert typed(slack, "namespaces", "c") == ["ci"]
    assert typed(slack, "owners", "") == []
    slack.source.error = SlackError("slack-unreachable", method="x")
    assert typed(slack, "namespaces", "c") == []


def test_menus_offer_nothing_to_strangers(slack: Slack) -> None:
    assert typed(slack, "zone", "seoul", "U0GUEST") == []
    assert typed(slack, "namespaces", "c", "U0GUEST") == []


@pytest.mark.parametrize(
    "break_it",
    [
        lambda slack: slack.people.channels.update(C0GENERAL=Conversation(False, is_member=False)),
        lambda slack: slack.people.channels.pop("C0GENERAL"),
    ],
)
def test_a_form_where_the_bot_cannot_post_says_so_in_it(slack: Slack, break_it: Callable[[Slack], None]) -> None:
    break_it(slack)
    slack.command("digest")
    said(slack)
    assert "/invite" in json.dumps(slack.forms.views["V1"])
    assert "submit" not in slack.forms.views["V1"]
