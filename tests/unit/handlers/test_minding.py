"""Orders about the reminders of one date: by click, by form, by words; who may, and what is in the way."""

import json
from datetime import date
from typing import Any

import pytest
from slack_bolt import BoltResponse

from bot.adapters.knowledge import load_knowledge
from bot.core.buttons import ASK, ORDER, Asked
from bot.core.kept import Subscribed
from bot.core.subscriptions import Subscription
from bot.errors import SlackRefusedError, StoreError
from bot.playground.slack import payloads
from bot.playground.slack.limits import view_problems
from bot.render.snooze_form import ACTION, FORM, SnoozeAbout, about_of, decode, encode
from tests.unit.clusters import AS_OF
from tests.unit.handlers.ports import Sent
from tests.unit.handlers.slack import Slack

ID = "kubernetes-1.38"
MINE, SNOOZE = (Asked(f'{verb} id="{ID}"', "en") for verb in ("mine", "snooze"))
DECEMBER = next(found for found in load_knowledge().calendar if found.id == ID)
KOREAN = Subscribed("C0GENERAL", Subscription("C0GENERAL", AS_OF, language="ko", zone="Asia/Seoul"), 1)


@pytest.fixture
def slack() -> Slack:
    """Return a workspace with a bot in it, on 2026-11-23."""
    slack = Slack()
    slack.members.channels["C0GENERAL"] = {"U0ALICE", "U0MINJI"}
    return slack


def said(slack: Slack) -> list[Sent]:
    """Let the bot answer, and return what it sent."""
    before = len(slack.posted.sent)
    slack.work.run()
    return slack.posted.sent[before:]


def click(slack: Slack, asked: Asked, action: str = f"{ORDER}-2", **changes: Any) -> str:
    """Click a button of a reminder, and return the time stamp of that."""
    body = slack.click_body(json.dumps({"v": 1, "q": asked.words, "l": "en", "p": 0}), action, **changes)
    body["container"]["is_ephemeral"] = False
    slack.deliver(body)
    return str(body["container"]["message_ts"])


def saved(slack: Slack, until: str = "2026-12-01", reason: str = "x", **about: str) -> BoltResponse:
    """Save a form as Slack delivers it."""
    given = {"channel": "C0GENERAL", "language": "en", "zone": "UTC", "message_ts": "1.1", **about}
    state = {
        "until": {f"{ACTION}until": {"type": "datepicker", "selected_date": until or None}},
        "reason": {f"{ACTION}reason": {"type": "plain_text_input", "value": reason or None}},
    }
    metadata = encode(about_of(DECEMBER, **given))
    view = {"type": "modal", "id": "V1", "callback_id": FORM, "private_metadata": metadata, "state": {"values": state}}
    body = payloads.interaction(slack.workspace, "view_submission", slack.workspace.users["U0ALICE"])
    return slack.deliver({**body, "view": view})


def test_a_click_is_kept_and_shown_in_its_message_and_a_second_one_takes_it_back(slack: Slack) -> None:
    ts = click(slack, MINE, is_ephemeral=False)
    assert said(slack) == []
    assert slack.settings.takers == {("C0GENERAL", ID, "U0ALICE")}
    assert slack.reminder.edits == [("C0GENERAL", ID, ts)]
    click(slack, MINE, is_ephemeral=False)
    assert said(slack) == []
    assert slack.settings.takers == set()


def test_what_cannot_be_shown_in_the_message_is_told_below_it_in_the_language_of_the_channel(slack: Slack) -> None:
    slack.reminder.is_there = False
    slack.settings.rows["C0GENERAL"] = KOREAN
    ts = click(slack, MINE, is_ephemeral=False)
    [public] = said(slack)
    assert (public.via, public.place, public.thread_ts) == ("post", "C0GENERAL", ts)
    assert public.text.startswith("<@U0ALICE> 님이")
    click(slack, MINE, is_ephemeral=False)
    assert "더 이상 맡지 않습니다" in said(slack)[0].text


@pytest.mark.parametrize("words", ["mine 1.38", "snooze 1.38 until 2026-12-01 because x", f'mine id="{ID}"'])
def test_a_button_that_asks_orders_nothing(slack: Slack, words: str) -> None:
    click(slack, Asked(words, "en"), f"{ASK}-1", is_ephemeral=False)
    said(slack)
    assert (slack.settings.takers, slack.settings.snoozes) == (set(), {})


@pytest.mark.parametrize("words", ["digest off", "digest on", "milestones set 1.24 2027-01-01"])
def test_a_button_for_reminders_orders_nothing_else(slack: Slack, words: str) -> None:
    slack.settings.rows["C0GENERAL"] = KOREAN
    click(slack, Asked(words, "en"), is_ephemeral=False)
    said(slack)
    assert slack.settings.done == []


def test_a_click_on_put_off_opens_the_form_at_once_and_fills_it(slack: Slack) -> None:
    slack.settings.rows["C0GENERAL"] = KOREAN
    ts = click(slack, SNOOZE, is_ephemeral=False)
    assert said(slack) == []
    view = slack.forms.views["V1"]
    assert view_problems(view) == []
    assert view["callback_id"] == FORM
    assert decode(view["private_metadata"]) == SnoozeAbout("C0GENERAL", ID, "en", "Asia/Seoul", date(2026, 12, 15), ts)
    assert [block.get("block_id") for block in view["blocks"]] == [None, "until", "reason"]
    assert view["blocks"][1]["element"]["initial_date"] == "2026-12-07"
    assert view["blocks"][2]["element"]["max_length"] == 200


def test_by_command_without_a_day_too_and_by_mention_it_is_asked_for(slack: Slack) -> None:
    slack.command("snooze 1.38")
    assert said(slack) == []
    assert slack.forms.views["V1"]["callback_id"] == FORM
    slack.mention("snooze 1.38")
    assert "The day until which to put it off is missing" in said(slack)[0].text


def test_a_form_is_kept_shown_and_told_in_the_thread(slack: Slack) -> None:
    response = saved(slack, "2026-12-01", "token=hunter2secret <@U0MINJI> & *we* wait")
    assert (response.status, response.body) == (200, "")
    [public] = said(slack)
    assert (public.via, public.place, public.thread_ts) == ("post", "C0GENERAL", "1.1")
    assert public.text.startswith("<@U0ALICE> put off ")
    assert "until 2026-12-01 because: " in public.text
    assert "hunter2secret" not in public.text
    assert "<@U0MINJI>" not in public.text
    assert slack.settings.snoozes["C0GENERAL", ID][0] == date(2026, 12, 1)
    assert slack.reminder.edits == [("C0GENERAL", ID, "1.1")]


@pytest.mark.parametrize(
    ("until", "reason", "fields"),
    [
        ("2026-11-23", "x", ["until"]),
        ("2026-12-16", "x", ["until"]),
        ("", "x", ["until"]),
        ("2026-12-01", " ", ["reason"]),
        ("2020-01-01", "", ["until", "reason"]),
    ],
)
def test_what_is_wrong_is_told_in_the_form_before_anything_is_asked(
    slack: Slack, until: str, reason: str, fields: list[str]
) -> None:
    response = saved(slack, until, reason)
    assert list(json.loads(response.body)["errors"]) == fields
    assert (len(slack.work.jobs), slack.settings.snoozes) == (0, {})


def test_today_is_where_the_channel_is(slack: Slack) -> None:
    """At 09:00 UTC of the 23rd it is the 23rd in Seoul and in Kiritimati, and still the 22nd in Pago Pago."""
    assert saved(slack, "2026-11-24", zone="Asia/Seoul").body == ""
    assert saved(slack, "2026-11-23", zone="Pacific/Kiritimati").body != ""
    assert saved(slack, "2026-11-23", zone="Pacific/Pago_Pago").body == ""


def test_there_is_no_room_is_said_in_the_form(slack: Slack) -> None:
    slack.work.is_full = True
    assert json.loads(saved(slack).body)["errors"].keys() == {"until"}


@pytest.mark.parametrize("metadata", ["", "[]", '{"c":"C0GENERAL"}', encode(about_of(DECEMBER, "C1", "en", "No/Zone"))])
def test_a_form_of_another_version_does_nothing(slack: Slack, metadata: str) -> None:
    body = payloads.interaction(slack.workspace, "view_submission", slack.workspace.users["U0ALICE"])
    view = {"type": "modal", "callback_id": FORM, "private_metadata": metadata}
    assert slack.deliver({**body, "view": view}).status == 200
    assert said(slack) == []


def test_who_is_not_in_the_channel_any_more_puts_nothing_off(slack: Slack) -> None:
    slack.members.channels["C0GENERAL"] = {"U0MINJI"}
    saved(slack)
    assert "You are not in that channel any more" in said(slack)[0].text
    assert slack.settings.snoozes == {}


@pytest.mark.parametrize(("channel", "says"), [("C0SHARED", "another organisation"), ("C0NOBOT", "/invite")])
def test_where_nobody_may_order_nobody_takes_a_date(slack: Slack, channel: str, says: str) -> None:
    slack.command("mine 1.38", channel=channel)
    assert says in said(slack)[0].text
    assert slack.settings.takers == set()


def test_in_a_direct_conversation_it_is_told_once(slack: Slack) -> None:
    slack.reminder.is_there = False
    slack.message("mine 1.38")
    [told] = said(slack)
    assert "You take care of" in told.text
    slack.message("snooze 1.38 until 2026-12-01 because x")
    [told] = said(slack)
    assert told.text.startswith("Put off until 2026-12-01")
    slack.message("snooze 1.38 off")
    [told] = said(slack)
    assert "not put off here any more" in told.text
    assert slack.settings.snoozes == {}


def test_a_date_of_tomorrow_cannot_be_put_off(slack: Slack) -> None:
    slack.command("snooze 1.24 until 2026-12-01 because x")
    [told] = said(slack)
    assert "cannot be put off any more: its date is 2022-05-03" in told.text


def test_a_database_that_fails_is_told_and_nothing_is_claimed(slack: Slack) -> None:
    slack.settings.error = StoreError("store-failed", place="/secret/kept.db", reason="locked")
    click(slack, MINE, is_ephemeral=False)
    [told] = said(slack)
    assert "my database does not work" in told.text
    assert not told.is_public
    click(slack, SNOOZE, is_ephemeral=False)
    assert said(slack) == []
    assert "my database does not work" in json.dumps(slack.forms.views["V1"])
    saved(slack)
    [told] = said(slack)
    assert "Nothing was changed" in told.text
    assert slack.reminder.edits == []


def test_a_channel_that_takes_no_message_is_said_to_who_put_it_off(slack: Slack) -> None:
    slack.posted.refuse(SlackRefusedError("slack-refused", method="chat.postMessage", code="is_archived"), "post")
    saved(slack)
    [told] = said(slack)
    assert (told.via, told.user) == ("post_ephemeral", "U0ALICE")
    assert "I could not tell the channel" in told.text
    assert slack.settings.snoozes
