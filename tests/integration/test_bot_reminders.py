"""The whole bot against the Slack simulator, with a clock that the test sets: digests and reminders come when due."""

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.app import Source
from bot.core.subscriptions import LEADS
from bot.playground.slack import Message, SlackSimulator
from tests.factories import make_node
from tests.integration.bots import ThreadBot, answer_to
from tests.unit.cli.program import dump, every_kind

SEOUL, NEW_YORK = ZoneInfo("Asia/Seoul"), ZoneInfo("America/New_York")


class Clock:
    """The time, as the test sets it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 23, 0, 0, tzinfo=UTC))


@pytest.fixture
def bot(slack: SlackSimulator, clock: Clock, tmp_path: Path) -> Iterator[ThreadBot]:
    join(slack, "C0SEOUL", "C0NEWYORK")
    url = f"sqlite:///{tmp_path / 'unshim.db'}"
    with ThreadBot(slack, "socket", clock=clock, tick_seconds=0.05, database_url=url) as running:
        yield running


def posted(slack: SlackSimulator, channel: str) -> list[Message]:
    """Return what was posted to a channel without a question: messages that carry an id of the ledger."""
    return [message for message in slack.messages if message.channel == channel and message.metadata]


def join(slack: SlackSimulator, *channels: str) -> None:
    """Make channels with the bot and Alice in them."""
    for channel in channels:
        slack.add_channel(channel, channel.lower())
        slack.invite(channel)
        slack.invite(channel, "U0ALICE")


def settle() -> None:
    """Leave the bot the time for two looks at what is due."""
    time.sleep(0.25)


def test_a_digest_comes_when_it_is_due_in_its_language_with_details_and_chart(
    slack: SlackSimulator, bot: ThreadBot, clock: Clock
) -> None:
    answer_to(slack, lambda: slack.command("digest on daily 09:00 UTC ko", channel="C0SEOUL"))
    clock.now = datetime(2026, 11, 23, 8, 59, 59, tzinfo=UTC)
    settle()
    assert posted(slack, "C0SEOUL") == []
    clock.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    (digest,) = slack.wait_for(lambda: posted(slack, "C0SEOUL"))
    assert digest.text.startswith("노드 30개 중 20개가 아직 도커를 씁니다")
    slack.wait_for(lambda: slack.files)
    (chart,) = slack.files
    assert (chart.channel, chart.thread_ts) == ("C0SEOUL", digest.ts)
    settle()
    assert len(posted(slack, "C0SEOUL")) == 1
    clock.now += timedelta(days=1)
    slack.wait_for(lambda: len(posted(slack, "C0SEOUL")) == 2)
    assert "바뀐 것 없음" in posted(slack, "C0SEOUL")[1].text
    assert bot.metric("unshim_posts_total") >= 2


def test_a_digest_can_be_asked_for_at_once(slack: SlackSimulator, bot: ThreadBot) -> None:
    answer_to(slack, lambda: slack.command("digest on", channel="C0SEOUL"))
    slack.command("digest now", channel="C0SEOUL")
    slack.wait_for(lambda: posted(slack, "C0SEOUL"))
    slack.wait_for(lambda: any("The digest is posted" in message.text for message in slack.messages))


def test_a_channel_that_was_archived_is_told_to_whoever_subscribed(
    slack: SlackSimulator, bot: ThreadBot, clock: Clock
) -> None:
    answer_to(slack, lambda: slack.command("digest on daily 09:00 UTC", channel="C0SEOUL"))
    slack.wait_messages(2)  # to whoever subscribed, and to the channel
    slack.remove_channel("C0SEOUL")
    before = len(slack.messages)
    clock.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    slack.wait_for(lambda: len(slack.messages) > before)
    assert "I stopped the digests and reminders of channel" in slack.messages[-1].text
    clock.now += timedelta(days=1)
    settle()
    assert len(slack.messages) == before + 1


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("is_taken", [True, False])
def test_a_chart_of_which_nobody_knows_whether_it_arrived_is_told_with_the_next_digest_and_once(
    slack: SlackSimulator, clock: Clock, tmp_path: Path, is_taken: bool
) -> None:
    slack.scopes -= {"channels:history", "groups:history"}
    answer_to(slack, lambda: slack.command("digest on daily 09:00 UTC", channel="C0SEOUL"))
    (slack.faults.fail_after if is_taken else slack.faults.fail_before)("files.completeUploadExternal")
    clock.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    slack.wait_for(lambda: posted(slack, "C0SEOUL"))
    query = "select state from posts where part = 'chart'"
    stepped(clock, lambda: rows(tmp_path, query) == [("unconfirmed",)])
    for day, is_told in ((24, True), (25, False)):
        before = len(posted(slack, "C0SEOUL"))
        clock.now = datetime(2026, 11, day, 9, 0, tzinfo=UTC)
        digest = slack.wait_for(lambda: posted(slack, "C0SEOUL")[before:])[0]  # noqa: B023
        told = "The chart in the thread of the digest of 2026-11-23 may be missing"
        assert digest.text.count(told) == is_told
        slack.wait_for(lambda: len(rows(tmp_path, query)) > before)  # noqa: B023


@pytest.mark.usefixtures("bot")
def test_a_digest_of_today_does_not_come_again_at_another_time_and_is_not_said_to(
    slack: SlackSimulator, clock: Clock
) -> None:
    def said(words: str) -> tuple[Message, Message]:
        before = len(slack.messages)
        slack.command(words, channel="C0SEOUL")
        told, public = slack.wait_messages(before + 2)[before:]
        return told, public

    for sent in said("digest on mon 09:00 UTC leads=none"):
        assert "next: 2026-11-23 09:00" in sent.text
    clock.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    slack.wait_for(lambda: posted(slack, "C0SEOUL"))
    slack.wait_for(lambda: slack.files)
    settle()
    for sent in said("digest on mon 15:00 UTC"):
        assert "next: 2026-11-30 15:00" in sent.text
    clock.now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    settle()
    assert len(posted(slack, "C0SEOUL")) == 1


def test_an_own_date_set_in_slack_moves_the_reminder(slack: SlackSimulator, clock: Clock, tmp_path: Path) -> None:
    join(slack, "C0SEOUL")
    url = f"sqlite:///{tmp_path / 'unshim.db'}"
    with ThreadBot(
        slack, "socket", clock=clock, tick_seconds=0.05, database_url=url, admins=("U0ALICE",), command="/runtime"
    ):
        answer_to(slack, lambda: slack.command("digest on days=none 09:00 UTC leads=7", channel="C0SEOUL"))
        slack.command("milestones set 1.24 2026-12-01 because the window is then", channel="C0SEOUL")
        slack.wait_for(lambda: any("2026-12-01" in message.text for message in slack.messages))
        time.sleep(1.2)  # own dates are read again after a second
        clock.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
        (reminder,) = slack.wait_for(lambda: posted(slack, "C0SEOUL"))
        assert "in 7 days, on 2026-12-01" in reminder.text
        assert "upstream 2022-05-03" in reminder.text.lower() or "2022-05-03" in reminder.text


def test_the_reminders_of_2021_come_at_nine_in_seoul_and_in_new_york(slack: SlackSimulator, tmp_path: Path) -> None:
    """From 2021-05-01 on: before 1.22 and 1.23 at each lead time, also after New York went back to winter time."""
    clock = Clock(datetime(2021, 5, 1, tzinfo=UTC))
    join(slack, "C0SEOUL", "C0NEWYORK")
    url = f"sqlite:///{tmp_path / 'unshim.db'}"
    cluster = dump(tmp_path, *(make_node(f"a-{n}", kubelet="v1.20.4", runtime="docker://20.10.5") for n in range(3)))
    source = Source(snapshot=str(cluster), as_of=clock.now)
    with ThreadBot(slack, "socket", source, clock=clock, tick_seconds=0.02, database_url=url):
        answer_to(slack, lambda: slack.command("digest on days=none 09:00 Asia/Seoul ko", channel="C0SEOUL"))
        answer_to(slack, lambda: slack.command("digest on days=none 09:00 America/New_York", channel="C0NEWYORK"))
        seen: dict[str, list[datetime]] = {"C0SEOUL": [], "C0NEWYORK": []}
        releases = {date(2021, 8, 4), date(2021, 12, 7)}
        days = {release - timedelta(days=lead) for release in releases for lead in LEADS}
        for day in sorted({day + timedelta(days=near) for day in days for near in (-1, 0, 1)}):
            for channel, zone in (("C0SEOUL", SEOUL), ("C0NEWYORK", NEW_YORK)):
                for minutes in (-1, 0):
                    moment = datetime(day.year, day.month, day.day, 9, tzinfo=zone) + timedelta(minutes=minutes)
                    clock.now = max(clock.now, moment.astimezone(UTC))
                    if minutes == 0 and day in days:
                        slack.wait_for(lambda: len(posted(slack, channel)) > len(seen[channel]))  # noqa: B023
                    else:
                        time.sleep(0.06)
                    new = posted(slack, channel)[len(seen[channel]) :]
                    seen[channel] += [clock.now.astimezone(zone)] * len(new)
        for channel, moments in seen.items():
            assert [(moment.date(), moment.hour, moment.minute) for moment in moments] == [
                (day, 9, 0) for day in sorted(days)
            ], channel
    texts = [message.text for message in posted(slack, "C0NEWYORK")]
    assert [("1.22" in text.split("\n")[0], "1.23" in text.split("\n")[0]) for text in texts] == [(True, False)] * 8 + [
        (False, True)
    ] * 8


REMINDED = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
NAME = "kubernetes-1.38"


def reminded(slack: SlackSimulator, clock: Clock, language: str = "en") -> Message:
    """Turn reminders on, and return the one of 30 days before 2026-12-16."""
    answer_to(slack, lambda: slack.command(f"digest on days=none 09:00 UTC {language}", channel="C0SEOUL"))
    clock.now = REMINDED
    (reminder,) = slack.wait_for(lambda: posted(slack, "C0SEOUL"))
    return reminder


def button(message: Message, words: str) -> str:
    """Return the action id of the button with these words."""
    elements = next(block["elements"] for block in message.blocks if block["type"] == "actions")
    return next(item["action_id"] for item in elements if json.loads(item["value"])["q"] == words)


def stepped(clock: Clock, is_so: Callable[[], bool]) -> None:
    """Step the clock until something is so: earlier reminders are looked at once a minute."""
    for _ in range(40):
        if is_so():
            return
        clock.now += timedelta(seconds=61)
        settle()
    raise AssertionError("it never became so")


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "unshim.db")) as connection:
        return connection.execute(query).fetchall()


MINE, SNOOZE = f'mine id="{NAME}"', f'snooze id="{NAME}"'


@pytest.fixture
def november(clock: Clock) -> None:
    clock.now = datetime(2026, 11, 10, tzinfo=UTC)


@pytest.mark.usefixtures("november", "bot")
def test_a_click_on_mine_is_shown_to_everybody_in_the_message_and_a_second_one_takes_it_back(
    slack: SlackSimulator, clock: Clock, tmp_path: Path
) -> None:
    reminder = reminded(slack, clock)
    before = len(slack.messages)
    assert "Taken care of by" not in reminder.text
    slack.click(reminder, button(reminder, MINE))
    slack.wait_for(lambda: "Taken care of by: <@U0ALICE>" in reminder.text)
    slack.click(reminder, button(reminder, MINE), user="U0MINJI")
    slack.wait_for(lambda: "<@U0ALICE>, <@U0MINJI>" in reminder.text)
    slack.click(reminder, button(reminder, MINE))
    slack.wait_for(lambda: "Taken care of by: <@U0MINJI>" in reminder.text)
    assert len(slack.messages) == before, "nobody is told twice"
    assert reminder.metadata, "it can still be found by its id"
    entries = rows(tmp_path, "select user_id, action, subject from audit where action != 'digest on' order by id")
    assert entries == [("U0ALICE", "taken", NAME), ("U0MINJI", "taken", NAME), ("U0ALICE", "left", NAME)]


@pytest.mark.usefixtures("november", "bot")
def test_by_words_the_newest_reminder_shows_it_and_the_channel_is_told(slack: SlackSimulator, clock: Clock) -> None:
    reminder = reminded(slack, clock)
    before = len(slack.messages)
    slack.command("mine 1.38", channel="C0SEOUL")
    told, public = slack.wait_messages(before + 2)[before:]
    assert (told.ephemeral_for, public.ephemeral_for) == ("U0ALICE", None)
    assert "You take care of" in told.text
    assert "<@U0ALICE> takes care of" in public.text
    assert "Taken care of by: <@U0ALICE>" in reminder.text
    slack.command("mine 9.99", channel="C0SEOUL")
    assert "I know of no date for" in slack.wait_messages(before + 3)[before + 2].text


@pytest.mark.usefixtures("november", "bot")
def test_put_off_with_the_form_it_is_told_in_the_thread_and_comes_back_on_that_day(
    slack: SlackSimulator, clock: Clock, tmp_path: Path
) -> None:
    reminder = reminded(slack, clock)
    slack.click(reminder, button(reminder, SNOOZE))
    view = slack.wait_for(lambda: (found := slack.modal()) and "submit" in found and found)
    fields = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert fields["until"]["initial_date"] == "2026-11-30"
    for changed, field, says in (
        ({"until": "2026-11-16", "reason": "x"}, "until", "is not after today"),
        ({"until": "2026-12-16", "reason": "x"}, "until", "2026-12-15` is the last day possible"),
        ({"until": "2026-12-03", "reason": "  "}, "reason", "Why it is put off is missing"),
    ):
        wrong = slack.submit(**changed)
        assert wrong.ack_payload is not None
        assert list(wrong.ack_payload["errors"]) == [field]
        assert says.replace("`", "") in wrong.ack_payload["errors"][field].replace("`", "")
    assert rows(tmp_path, "select count(*) from snoozes") == [(0,)]
    before = len(slack.messages)
    slack.submit(until="2026-12-03", reason="the nodes are replaced <!channel> then")
    told = slack.wait_messages(before + 1)[before]
    assert (told.channel, told.thread_ts, told.ephemeral_for) == ("C0SEOUL", reminder.ts, None)
    assert "<@U0ALICE> put off" in told.text
    assert "until 2026-12-03 because: `the nodes are replaced" in told.text
    assert "<!channel>" not in told.text
    slack.wait_for(lambda: "Put off: until 2026-12-03, by <@U0ALICE>" in reminder.text)
    assert slack.modal() is None
    for day in (2, 3):  # 14 days before the date: put off
        clock.now = datetime(2026, 12, day, 9, 0, tzinfo=UTC)
        settle()
        if day == 2:
            assert len(posted(slack, "C0SEOUL")) == 1
    again = slack.wait_for(lambda: posted(slack, "C0SEOUL")[1:])[0]
    assert "in 13 days, on 2026-12-16" in again.text
    assert "Put off" not in again.text
    assert rows(tmp_path, "select action from audit order by id desc limit 1") == [("snoozed",)]


@pytest.mark.usefixtures("november", "bot")
def test_by_words_it_is_put_off_and_told_again_on_demand(slack: SlackSimulator, clock: Clock, tmp_path: Path) -> None:
    reminded(slack, clock)

    def said(words: str, n: int) -> list[Message]:
        before = len(slack.messages)
        slack.command(words, channel="C0SEOUL")
        return slack.wait_messages(before + n)[before:]

    for words, says in (
        ("snooze 1.38 until 2026-12-01", "Why it is put off is missing"),
        ("snooze 1.38 until 2026-11-01 because x", "is not after today"),
        ("snooze 1.38 until 2027-11-01 because x", "2026-12-15"),
        ("snooze 1.38 until 2026-13-01 because x", "is no date"),
        ("snooze 1.24 until 2026-12-01 because x", "cannot be put off any more"),
        ("snooze 1.38 off", "are not put off here"),
    ):
        (told,) = said(words, 1)
        assert told.ephemeral_for == "U0ALICE"
        assert says in told.text, words
    assert rows(tmp_path, "select count(*) from snoozes") == [(0,)]
    told, public = said("snooze 1.38 until 2026-12-08 because we wait for the vendor", 2)
    assert "Put off until 2026-12-08" in told.text
    assert "because: `we wait for the vendor`" in public.text
    assert "2026-12-08 09:00" in said("digest show", 1)[0].text
    told, public = said("snooze 1.38 off", 2)
    assert "2026-12-02 09:00" in said("digest show", 1)[0].text
    assert "I remind of it again" in public.text
    assert rows(tmp_path, "select count(*) from snoozes") == [(0,)]


@pytest.mark.usefixtures("november", "bot")
def test_who_is_not_in_the_channel_any_more_puts_nothing_off(
    slack: SlackSimulator, clock: Clock, tmp_path: Path
) -> None:
    reminder = reminded(slack, clock)
    slack.click(reminder, button(reminder, SNOOZE))
    slack.wait_for(lambda: (found := slack.modal()) and "submit" in found)
    with slack.workspace.changed:
        slack.workspace.channels["C0SEOUL"].members.discard("U0ALICE")
    before = len(slack.messages)
    slack.submit(until="2026-12-03", reason="x")
    assert "You are not in that channel any more" in slack.wait_messages(before + 1)[before].text
    assert rows(tmp_path, "select count(*) from snoozes") == [(0,)]


class Cluster:
    """One node, as a dump that is read again and again; it is replaced in one go."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "cluster.json"

    def __call__(self, runtime: str, at: datetime, *, is_whole: bool = True) -> None:
        """Let the node have this runtime at a time. ``is_whole``: whether every kind was read."""
        node = make_node("a-1", kubelet="v1.35.1", runtime=runtime)
        others = every_kind()[2:] if is_whole else []  # without its nodes
        new = dump(self.path.parent, node, *others, name="new.json")
        os.utime(new, (at.timestamp(), at.timestamp()))
        new.rename(self.path)


@pytest.fixture
def cluster(slack: SlackSimulator, clock: Clock, tmp_path: Path) -> Iterator[Cluster]:
    """Yield the cluster of a bot, whose node runs a containerd that 1.38 will not take."""
    clock.now = datetime(2026, 11, 10, tzinfo=UTC)
    join(slack, "C0SEOUL")
    made = Cluster(tmp_path)
    made("containerd://1.7.3", REMINDED)
    url = f"sqlite:///{tmp_path / 'unshim.db'}"
    settings: dict[str, Any] = {"tick_seconds": 0.05, "database_url": url, "refresh_seconds": 0.1}
    with ThreadBot(slack, "socket", Source(snapshot=str(made.path)), clock=clock, stale_seconds=3600, **settings):
        yield made


def test_a_reminder_is_edited_once_what_it_tells_of_is_done_and_stays_so(
    slack: SlackSimulator, clock: Clock, cluster: Cluster, tmp_path: Path
) -> None:
    reminder = reminded(slack, clock)
    assert "1.38" in reminder.text.split("\n")[0]
    fixed = REMINDED + timedelta(days=2, hours=1)
    cluster("containerd://2.2.1", fixed, is_whole=False)
    clock.now = fixed
    for _ in range(3):
        clock.now += timedelta(seconds=61)
        settle()
    assert reminder.history == [], "not by a read that is not complete"
    cluster("containerd://2.2.1", fixed)
    stepped(clock, lambda: reminder.text.startswith("Done since"))
    head, *rest = reminder.text.split("\n")
    assert head == (
        "Done since 2026-11-18 10:00 UTC: Kubernetes 1.38, planned end of support for containerd 1.x and CRI-O "
        "below 1.28."
    )
    assert "reminder of 2026-11-16" in rest[0]
    assert reminder.metadata
    assert rows(tmp_path, "select occurrence, state from posts where part = 'fixed'") == [
        ("reminder:2026-11-16", "sent")
    ]
    cluster("containerd://1.7.3", clock.now)
    for _ in range(3):
        clock.now += timedelta(seconds=61)
        settle()
    cluster("containerd://2.2.1", clock.now)
    clock.now += timedelta(seconds=61)
    settle()
    assert reminder.text.split("\n")[0] == head, "it is not flipped again"
    assert len(reminder.history) == 1
    clock.now = datetime(2026, 12, 2, 9, 0, tzinfo=UTC) - timedelta(seconds=1)
    cluster("containerd://1.7.3", clock.now)
    time.sleep(0.5)
    clock.now += timedelta(seconds=1)
    again = slack.wait_for(lambda: posted(slack, "C0SEOUL")[1:])[0]
    assert "in 14 days" in again.text


def test_a_message_that_was_deleted_is_not_tried_again(
    slack: SlackSimulator, clock: Clock, cluster: Cluster, tmp_path: Path
) -> None:
    reminder = reminded(slack, clock)
    with slack.workspace.changed:
        reminder.deleted = True
    clock.now = REMINDED + timedelta(hours=1)
    cluster("containerd://2.2.1", clock.now)
    query = "select state, code from posts where part = 'fixed'"
    stepped(clock, lambda: rows(tmp_path, query) == [("refused", "message_not_found")])
    clock.now += timedelta(minutes=5)
    settle()
    assert [call.method for call in slack.calls].count("chat.update") == 1
