"""The whole bot against the Slack simulator, with a clock that the test sets: digests and reminders come when due."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.app import Source
from bot.core.subscriptions import LEADS
from bot.playground.slack import Message, SlackSimulator
from tests.factories import make_node
from tests.integration.bots import ThreadBot, answer_to
from tests.unit.cli.program import dump

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
