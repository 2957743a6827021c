"""The whole bot and its orders: digests on, shown, paused and off, the form, dates, and who may."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.playground.slack import Delivery, Message, SlackSimulator
from tests.integration.bots import Mode, ThreadBot, answer_to, ordered, rows


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return the path of a bot's database."""
    return tmp_path / "kept.db"


@contextmanager
def serving(slack: SlackSimulator, database: Path, mode: Mode = "socket", **settings: Any) -> Iterator[ThreadBot]:
    with ThreadBot(slack, mode, database_url=f"sqlite:///{database}", **settings) as bot:
        yield bot


def test_a_digest_is_turned_on_shown_paused_resumed_and_off(slack: SlackSimulator, mode: Mode, database: Path) -> None:
    with serving(slack, database, mode):
        told, public = ordered(slack, "digest on mon,thu 09:30 Asia/Seoul ko leads=30,7 quiet=22:00-07:00")
        assert told.ephemeral_for == "U0ALICE"
        assert "Mondays, Thursdays 09:30 Asia/Seoul, Korean, whole cluster; next: 20" in told.text
        assert (public.ephemeral_for, public.channel, public.thread_ts) == (None, "C0GENERAL", None)
        assert "<@U0ALICE> 님이 이 채널의 다이제스트와 알림을 켰습니다." in public.text
        shown = answer_to(slack, lambda: slack.command("digest show", user="U0MINJI"))
        assert "월요일, 목요일" in shown.text
        assert "22:00-07:00" in shown.text
        told, public = ordered(slack, "digest pause 2099-01-01")
        assert "일시중지했습니다" in public.text
        assert "2099-01-01" in answer_to(slack, lambda: slack.command("digest show")).text
        told, public = ordered(slack, "digest resume", user="U0MINJI")
        assert "다시 시작" in told.text
        told, public = ordered(slack, "digest off")
        assert "are off here" in told.text
        assert "turned off here" in answer_to(slack, lambda: slack.command("digest show")).text
    assert rows(database, "select is_off, version from subscriptions") == [(1, 4)]
    entries = rows(database, "select user_id, channel, action, subject, before, after from audit order by id")
    assert [entry[:4] for entry in entries] == [
        ("U0ALICE", "C0GENERAL", "digest on", "C0GENERAL"),
        ("U0ALICE", "C0GENERAL", "digest pause", "C0GENERAL"),
        ("U0MINJI", "C0GENERAL", "digest resume", "C0GENERAL"),
        ("U0ALICE", "C0GENERAL", "digest off", "C0GENERAL"),
    ]
    assert entries[0][4] == "null"
    assert json.loads(entries[1][4])["paused_until"] is None
    assert json.loads(entries[1][5])["paused_until"] == "2099-01-01"
    assert entries[3][5] == "null"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("digest on 99:99", "at: `99:99` is no time of day"),
        (
            "digest on Asia/Soul",
            "zone: there is no time zone `Asia/Soul`; they are called like Asia/Seoul. Near: `Asia/Seoul`",
        ),
        ("digest on namespaces=webb", "namespaces: there is no namespace `webb`. Near: `web`"),
        ("digest on owner=nobody-at-all", "owner: nobody called `nobody-at-all` owns a workload."),
        ("digest on leads=9999", "leads: `9999` are no numbers of days"),
        ("digest on purple", "I do not know the setting `purple`"),
        ("digest on mon quiet=08:00-10:00", "quiet: the time of the digest, `09:00`, lies in the quiet hours"),
        ("digest off", "There are no digests or reminders here"),
    ],
)
def test_what_cannot_be_names_its_setting_and_changes_nothing(
    slack: SlackSimulator, database: Path, words: str, says: str
) -> None:
    with serving(slack, database):
        (told,) = ordered(slack, words, 1)
        assert says in told.text
        assert "hing was changed" in told.text
    assert rows(database, "select count(*) from subscriptions") == [(0,)]


def test_a_form_where_the_bot_cannot_post_says_how_to_invite_it(slack: SlackSimulator, database: Path) -> None:
    with serving(slack, database):
        slack.command("digest", channel="C0NOBOT")
        view = slack.wait_for(lambda: (found := slack.modal()) and "/invite" in json.dumps(found) and found)
        assert "submit" not in view
        (told,) = ordered(slack, "digest on", 1, channel="C0PRIVATE")
        assert "/invite" in told.text
        (told,) = ordered(slack, "digest on", 1, channel="C0SHARED")
        assert "shared with another organisation" in told.text
    assert rows(database, "select count(*) from subscriptions") == [(0,)]


def test_dates_are_for_admins(slack: SlackSimulator, database: Path) -> None:
    slack.add_usergroup("S0LEADS", ["U0MINJI"])
    with serving(slack, database, admins=("S0LEADS",)):
        (told,) = ordered(slack, "milestones set 1.24 2027-05-01", 1)
        assert "Only the people in UNSHIM_ADMINS" in told.text
        assert rows(database, "select count(*) from own_dates") == [(0,)]
        told, public = ordered(slack, "milestones set 1.24 2027-05-01 because we upgrade late", user="U0MINJI")
        assert "2027-05-01" in told.text
        assert "<@U0MINJI>" in public.text
        assert "we upgrade late" in public.text
        (told,) = ordered(slack, "milestones set 1.24 2027-02-30", 1, user="U0MINJI")
        assert "2027-02-30" in told.text
        (told,) = ordered(slack, "milestones set 9.99 2027-02-20", 1, user="U0MINJI")
        assert "9.99" in told.text
        slack.faults.refuse("usergroups.users.list", "internal_error", times=99)
        assert rows(database, "select day, note from own_dates") == [("2027-05-01", "we upgrade late")]
        shown = answer_to(slack, lambda: slack.command("when 1.24", user="U0ALICE"))
        assert "2027-05-01" in shown.text
        ordered(slack, "milestones unset v1.24", user="U0MINJI")
        assert "2027-05-01" not in answer_to(slack, lambda: slack.command("when 1.24", user="U0ALICE")).text
    assert rows(database, "select count(*) from own_dates") == [(0,)]
    assert [row[0] for row in rows(database, "select action from audit order by id")] == ["date set", "date unset"]


def test_without_admins_nobody_changes_dates_and_where_slack_does_not_tell_neither(
    slack: SlackSimulator, database: Path
) -> None:
    with serving(slack, database):
        assert "UNSHIM_ADMINS is empty" in ordered(slack, "milestones set 1.24 2027-05-01", 1)[0].text
    slack.add_usergroup("S0LEADS", ["U0ALICE"])
    slack.scopes -= {"usergroups:read"}
    with serving(slack, database, admins=("S0LEADS",)):
        told = ordered(slack, "milestones set 1.24 2027-05-01", 1)[0]
        assert "Slack does not tell me who is in the user groups" in told.text


@pytest.mark.parametrize("words", ["digest on mon", "milestones set 1.24 2027-05-01"])
def test_a_locked_database_is_told_and_nothing_is_changed_later(
    slack: SlackSimulator, database: Path, words: str
) -> None:
    with serving(slack, database, admins=("U0ALICE",)):
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            (told,) = slack_told(slack, words)
            assert "my database does not work at the moment. Nothing was changed." in told.text
            assert "nodes" in answer_to(slack, lambda: slack.command("status")).text
            other.execute("ROLLBACK")
        tables = ("subscriptions", "own_dates", "audit")
        time.sleep(4)  # for longer than the writer waits for the lock
        assert [rows(database, f"select count(*) from {table}") for table in tables] == [[(0,)]] * 3


def slack_told(slack: SlackSimulator, words: str) -> list[Message]:
    before = len(slack.messages)
    delivery: Delivery = slack.command(words)
    found = slack.wait_messages(before + 1, 10)[before:]
    assert delivery.wait_ack()
    return found


def test_channels_of_the_settings_get_a_digest_once(slack: SlackSimulator, database: Path) -> None:
    settings = {
        "digest_channels": ("C0GENERAL",),
        "owner_channels": (("team-a", "C0NOBOT"), ("team-b", "U0MINJI")),
        "timezone": "Asia/Seoul",
    }
    with serving(slack, database, **settings):
        slack.wait_for(lambda: len(rows(database, "select * from subscriptions")) == 3)
        found = dict(rows(database, "select channel, settings from subscriptions"))
        assert json.loads(found["D0MINJI"])["scope"] == {"kind": "owner", "names": ["team-b"]}
        assert json.loads(found["C0GENERAL"])["zone"] == "Asia/Seoul"
        ordered(slack, "digest off")
    with serving(slack, database, **settings):
        assert "turned off here" in answer_to(slack, lambda: slack.command("digest show")).text
