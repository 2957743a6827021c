"""The promise of the post ledger, on a real database: nothing twice, nothing early, nothing lost in silence."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from bot.adapters.store.engine import Database
from bot.adapters.store.ledger import PostLedger
from bot.core.milestones import Origin
from bot.core.schedule import Occurrence, renewed
from bot.core.subscriptions import EVERY_DAY, Quiet, Subscription
from bot.reminders.ports import Entry, Nothing, NotYet, Outcome, Part, Posting, Slot, State
from bot.render.blocks import Message
from tests.unit.reminders.world import Clock, Fragile, Killed, Slack, World, database, milestone

#: A Monday.
START = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Database]:
    with database(tmp_path) as found:
        yield found


@pytest.fixture
def world(opened: Database) -> World:
    clock = Clock(START)
    return World(clock, Slack(clock), opened, [Subscription("C1", START)])


def state_of(world: World, part: Part = Part.MESSAGE) -> list[tuple[str, State]]:
    return [(entry.slot.occurrence, entry.state) for entry in world.rows() if entry.slot.part is part]


def test_a_digest_is_posted_when_it_is_due_and_once(world: World) -> None:
    process = world.process()
    process.tick()
    assert world.slack.texts() == {}
    for moment in (MORNING - timedelta(seconds=1), MORNING, MORNING + timedelta(seconds=1)):
        world.clock.now = moment
        process.tick()
        assert sum(world.slack.texts().values()) == (moment >= MORNING)
    world.process().tick()
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1}


def test_a_process_that_stops_writes_nothing_and_the_next_posts(world: World) -> None:
    """Not even what was missed: where the database does not answer, each channel would take its time."""
    world.subscriptions = [Subscription(f"C{n}", START, days=EVERY_DAY) for n in range(3)]
    world.clock.now = MORNING + timedelta(days=2, hours=1)
    world.is_stopping = True
    world.process().tick()
    assert world.rows() == []
    world.is_stopping = False
    world.process().tick()
    assert world.slack.texts() == {f"C{n} digest:2026-11-04": 1 for n in range(3)}


def test_two_replicas_post_it_once(world: World) -> None:
    world.clock.now = MORNING
    first, second = world.process(), world.process()
    first.tick()
    second.tick()
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1}


def test_a_post_that_slack_took_without_an_answer_is_found_and_not_repeated(world: World) -> None:
    world.slack.answers = iter(["accepted"])
    world.clock.now = MORNING
    process = world.process()
    process.tick()
    assert state_of(world) == [("digest:2026-11-02", State.UNKNOWN)]
    world.clock.wait(minutes=2)
    process.tick()
    assert state_of(world) == [("digest:2026-11-02", State.SENT)]
    assert world.slack.calls == 1


def test_a_post_that_slack_did_not_take_is_posted_after_a_look(world: World) -> None:
    world.slack.answers = iter(["lost", "ok"])
    world.clock.now = MORNING
    process = world.process()
    process.tick()
    process.tick()
    assert world.slack.calls == 1, "not before it was looked for"
    world.clock.wait(minutes=2)
    process.tick()
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1}


@pytest.mark.parametrize("how", ["lost", "accepted", "killed-before", "killed-after"])
def test_without_a_way_to_look_it_is_unconfirmed_not_repeated_and_told_next_time(world: World, how: str) -> None:
    world.slack.can_be_read = False
    world.slack.answers = iter([how, "ok", "ok"])
    world.clock.now = MORNING
    with suppress(Killed):
        world.process().tick()
    process = world.process()
    for _ in range(5):
        world.clock.wait(minutes=2)
        process.tick()
    assert state_of(world) == [("digest:2026-11-02", State.UNCONFIRMED)]
    assert world.slack.calls == 1
    world.clock.now = MORNING + timedelta(days=7)
    process.tick()
    assert world.told[-1] == ["digest:2026-11-02"]
    world.clock.now = MORNING + timedelta(days=14)
    process.tick()
    assert world.told[-1] == [], "once"


@pytest.mark.parametrize("how", ["lost", "accepted", "killed-before", "killed-after"])
@pytest.mark.parametrize("part", [Part.DETAILS, Part.CHART])
def test_a_part_of_a_thread_that_is_unconfirmed_is_told_once_with_the_next_post(
    world: World, part: Part, how: str
) -> None:
    world.slack.can_be_read = False
    world.has_details = world.has_chart = True
    world.slack.answers = iter(["ok", *(["ok"] if part is Part.CHART else []), how, *["ok"] * 9])
    world.clock.now = MORNING
    with suppress(Killed):
        world.process().tick()
    process = world.process()
    for _ in range(5):
        world.clock.wait(minutes=2)
        process.tick()
    assert state_of(world) == [("digest:2026-11-02", State.SENT)]
    assert state_of(world, part) == [("digest:2026-11-02", State.UNCONFIRMED)]
    for week, told in ((1, [f"digest:2026-11-02 {part}"]), (2, [])):
        world.clock.now = MORNING + timedelta(days=7 * week)
        world.process().tick()
        assert world.told[-1] == told


def test_the_thread_of_a_digest_that_was_asked_for_is_told_though_the_digest_is_not(world: World) -> None:
    world.slack.can_be_read = False
    world.has_details = True
    world.slack.answers = iter(["ok", "lost", "lost", *["ok"] * 9])
    world.clock.now = MORNING - timedelta(hours=2)
    process = world.process()
    assert process.post_now("C1") is State.SENT
    world.clock.wait(minutes=1)
    assert process.post_now("C1") is State.UNKNOWN
    world.clock.wait(minutes=2)
    process.tick()
    world.clock.now = MORNING
    process.tick()
    assert world.told[-1] == ["now:2026-11-02T07:00:00+00:00 details"]


def test_what_is_told_again_is_what_a_post_could_not_tell(world: World) -> None:
    world.slack.can_be_read = False
    world.has_chart = True
    world.slack.answers = iter(["ok", "lost", "lost", *["ok"] * 9])
    world.clock.now = MORNING
    process = world.process()
    for days in (0, 7, 14):
        world.clock.now = MORNING + timedelta(days=days)
        process.tick()
        world.clock.wait(minutes=2)
        process.tick()
    assert sorted(world.told[-1]) == ["digest:2026-11-02 chart", "digest:2026-11-09"]


def test_a_process_that_died_before_it_sent_loses_nothing_even_without_a_way_to_look(world: World) -> None:
    world.slack.can_be_read = False
    world.clock.now = MORNING
    PostLedger(world.database).claim(
        Slot("C1", "digest:2026-11-02", Part.MESSAGE), MORNING, MORNING, MORNING + timedelta(minutes=1)
    )
    process = world.process()
    process.tick()
    assert world.slack.calls == 0, "another replica may be at it"
    world.clock.wait(minutes=2)
    process.tick()
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1}


def test_whoever_lost_the_claim_does_not_send(world: World) -> None:
    ledger = PostLedger(world.database)
    slot = Slot("C1", "digest:2026-11-02", Part.MESSAGE)
    slow = ledger.claim(slot, MORNING, MORNING, MORNING + timedelta(minutes=1))
    assert slow is not None
    assert not ledger.begin(slow, MORNING + timedelta(minutes=1), MORNING + timedelta(minutes=2), ()), (
        "the lease is over"
    )
    [entry] = ledger.rows(START)
    other = ledger.take_over(entry, MORNING + timedelta(minutes=2), MORNING + timedelta(minutes=3))
    assert other is not None
    assert ledger.take_over(entry, MORNING + timedelta(minutes=2), MORNING + timedelta(minutes=3)) is None
    assert not ledger.begin(slow, MORNING, MORNING + timedelta(minutes=2), ()), "it is another's now"
    assert ledger.begin(other, MORNING + timedelta(minutes=2), MORNING + timedelta(minutes=4), ())


def test_slack_is_given_the_pause_it_asks_for(world: World) -> None:
    world.slack.answers = iter(["limited", "ok"])
    world.clock.now = MORNING
    process = world.process()
    process.tick()
    world.clock.wait(seconds=29)
    process.tick()
    assert world.slack.calls == 1
    world.clock.wait(seconds=2)
    process.tick()
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1}


def test_what_was_missed_for_long_is_told_and_what_was_missed_for_a_moment_is_caught_up_once(world: World) -> None:
    world.subscriptions = [Subscription("C1", START, days=EVERY_DAY)]
    world.clock.now = MORNING + timedelta(days=3, hours=2)
    process = world.process()
    process.tick()
    process.tick()
    assert world.slack.texts() == {"C1 digest:2026-11-05": 1}
    assert [occurrence for occurrence, state in state_of(world) if state is State.MISSED] == [
        "digest:2026-11-02",
        "digest:2026-11-03",
        "digest:2026-11-04",
    ]
    assert world.told == [["digest:2026-11-02", "digest:2026-11-03", "digest:2026-11-04"]]


def test_nothing_late_in_quiet_hours(world: World) -> None:
    world.subscriptions = [Subscription("C1", START, quiet=Quiet(time(20), time(7)))]
    world.clock.now = MORNING + timedelta(hours=12)
    process = world.process()
    process.tick()
    assert world.slack.calls == 0
    world.clock.now = MORNING + timedelta(hours=22)
    process.tick()
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1}


@pytest.mark.parametrize("change", [{"at": time(15)}, {"zone": "America/New_York"}, {"days": (0, 3)}])
def test_a_change_right_after_it_was_due_loses_no_post_and_doubles_none(world: World, change: dict[str, Any]) -> None:
    world.clock.now = MORNING + timedelta(seconds=3)
    before = world.subscriptions[0]
    world.subscriptions[0] = renewed(before, replace(before, **change), world.clock.now)
    process = world.process()
    for _ in range(24):
        process.tick()
        world.clock.wait(hours=1)
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1}


def test_a_change_while_a_post_waits_for_the_end_of_quiet_hours_does_not_lose_it(world: World) -> None:
    before = replace(world.subscriptions[0], quiet=Quiet(time(8), time(10)))
    world.clock.now = MORNING + timedelta(minutes=30)
    world.subscriptions[0] = renewed(before, replace(before, zone="Europe/London", at=time(9, 15)), world.clock.now)
    process = world.process()
    process.tick()
    assert world.slack.texts() == {}
    world.clock.wait(hours=1)
    process.tick()
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1}


def test_the_thread_of_a_message_is_completed_after_a_change(world: World) -> None:
    world.has_details = True
    world.clock.now = MORNING
    world.slack.answers = iter(["ok", "killed-before", *["ok"] * 9])
    with pytest.raises(Killed):
        world.process().tick()
    before = world.subscriptions[0]
    world.clock.wait(minutes=5)
    world.subscriptions[0] = renewed(before, replace(before, at=time(15)), world.clock.now)
    world.process().tick()
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1, "C1 digest:2026-11-02 details": 1}


def test_reminders_of_one_day_are_one_and_a_late_one_is_told_with_todays(world: World) -> None:
    world.milestones = [milestone("a-1.24", date(2026, 11, 9)), milestone("b-1.25", date(2026, 11, 10))]
    world.subscriptions = [Subscription("C1", START, days=(), leads=(7, 6))]
    world.clock.now = MORNING + timedelta(hours=23)  # Tuesday, 8 o'clock: Monday's is late, Tuesday's comes in an hour
    process = world.process()
    process.tick()
    assert world.slack.calls == 0
    world.clock.now = MORNING + timedelta(hours=24)
    process.tick()
    assert world.slack.texts() == {"C1 reminder:2026-11-03 a-1.24 b-1.25": 1}
    assert state_of(world) == [("reminder:2026-11-02", State.MERGED), ("reminder:2026-11-03", State.SENT)]


def test_a_replica_that_takes_over_a_merged_reminder_tells_the_same(world: World) -> None:
    world.milestones = [milestone("a-1.24", date(2026, 11, 9)), milestone("b-1.25", date(2026, 11, 11))]
    world.subscriptions = [Subscription("C1", START, days=(), leads=(7, 8))]
    world.slack.answers = iter(["killed-before", "ok"])
    world.clock.now = MORNING + timedelta(hours=24)
    with pytest.raises(Killed):
        world.process().tick()
    world.clock.wait(minutes=2)
    world.process().tick()
    assert world.slack.texts() == {"C1 reminder:2026-11-03 a-1.24 b-1.25": 1}


def test_a_moved_date_makes_its_reminders_due_anew_and_is_told_once(world: World) -> None:
    world.subscriptions = [Subscription("C1", START, days=(), leads=(7,))]
    world.milestones = [milestone("a-1.24", date(2026, 11, 9))]
    process = world.process()
    world.clock.now = MORNING
    process.tick()
    world.milestones = [milestone("a-1.24", date(2026, 11, 20))]
    world.moved = [("a-1.24", MORNING + timedelta(hours=5))]
    for day in range(1, 20):
        world.clock.now = MORNING + timedelta(days=day)
        process.tick()
    assert list(world.slack.texts()) == [
        "C1 reminder:2026-11-02 a-1.24",
        "C1 reminder:2026-11-03",
        "C1 reminder:2026-11-13 a-1.24",
    ]


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "not_in_channel"])
def test_a_channel_that_is_gone_is_stopped_and_not_tried_again(world: World, code: str) -> None:
    world.slack.answers = iter([f"refused:{code}"])
    world.clock.now = MORNING
    process = world.process()
    process.tick()
    world.clock.now = MORNING + timedelta(days=7)
    process.tick()
    assert world.stopped == [("C1", code)]
    assert world.slack.calls == 1


def test_a_token_that_is_refused_costs_no_post(world: World) -> None:
    world.slack.answers = iter(["refused:invalid_auth", "refused:invalid_auth", "ok"])
    world.clock.now = MORNING
    process = world.process()
    for _ in range(3):
        process.tick()
        world.clock.wait(minutes=1)
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1}


def test_a_channel_that_fails_again_and_again_is_left_alone_for_a_while(world: World) -> None:
    world.slack.answers = iter(["refused:unreachable"] * 3 + ["ok"])
    world.clock.now = MORNING
    process = world.process()
    for _ in range(10):
        process.tick()
        world.clock.wait(seconds=61)
    assert world.slack.calls == 3
    world.clock.wait(minutes=15)
    process.tick()
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1}


def test_a_channel_gets_no_more_than_its_budget(world: World) -> None:
    ledger = PostLedger(world.database)
    for number in range(10):
        slot = Slot("C1", f"digest:wrong-{number}", Part.MESSAGE)
        ledger.write(slot, MORNING, MORNING, Outcome(State.SENT))
    world.clock.now = MORNING
    world.process().tick()
    assert world.slack.calls == 0
    assert ("digest:2026-11-02", State.MISSED) in state_of(world)


def test_without_anything_to_say_nothing_is_posted_and_that_is_noted(world: World) -> None:
    world.written = lambda _: Nothing("unchanged")
    world.clock.now = MORNING
    process = world.process()
    process.tick()
    process.tick()
    assert (world.slack.calls, state_of(world)) == (0, [("digest:2026-11-02", State.NOTHING)])


def test_before_the_cluster_was_read_a_post_waits_and_is_missed_in_the_end(world: World) -> None:
    world.written = lambda _: NotYet()
    world.clock.now = MORNING
    process = world.process()
    process.tick()
    assert state_of(world) == [("digest:2026-11-02", State.WAITING)]
    world.clock.wait(hours=25)
    process.tick()
    assert state_of(world) == [("digest:2026-11-02", State.MISSED)]


def test_the_thread_of_a_message_is_completed_by_the_next_process(world: World) -> None:
    world.has_details = True
    world.slack.answers = iter(["ok", "killed-before", "ok"])
    world.clock.now = MORNING
    with pytest.raises(Killed):
        world.process().tick()
    for _ in range(3):
        world.clock.wait(minutes=2)
        world.process().tick()
    message, details = world.slack.messages.items()
    assert (message[1].text, details[1].text) == ("digest:2026-11-02", "digest:2026-11-02 details")
    assert details[1].thread_ts == message[0]


def test_a_subscription_that_ended_leaves_no_post_behind(world: World) -> None:
    world.slack.answers = iter(["refused:unreachable"])
    world.clock.now = MORNING
    process = world.process()
    process.tick()
    world.subscriptions = []
    world.clock.wait(minutes=5)
    process.tick()
    assert (world.slack.calls, state_of(world)) == (1, [("digest:2026-11-02", State.NOTHING)])


def test_a_clock_that_jumps_back_posts_nothing_again(world: World) -> None:
    process = world.process()
    world.clock.now = MORNING + timedelta(days=7)
    process.tick()
    before = world.slack.texts()
    world.clock.now = MORNING - timedelta(hours=1)
    for _ in range(20):
        process.tick()
        world.clock.wait(hours=12)
    assert all(count == 1 for count in world.slack.texts().values())
    assert set(before) <= set(world.slack.texts())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("can_be_read", [True, False], ids=["history", "no-history"])
def test_two_replicas_that_are_killed_while_slack_fails(opened: Database, seed: int, can_be_read: bool) -> None:
    """A week of four channels: processes die at any step, Slack fails a fifth of the calls, some after taking them."""
    random = Random(seed)
    clock = Clock(START)
    kinds = ["ok"] * 16 + ["lost", "accepted", "killed-before", "killed-after"]
    slack = Slack(clock, answers=iter(lambda: random.choice(kinds), None), can_be_read=can_be_read)
    milestones = [milestone("a-1.24", date(2026, 11, 10)), milestone("b-1.25", date(2026, 11, 13))]
    channels = [Subscription(f"C{n}", START, days=EVERY_DAY, leads=(7, 3, 1, 0)) for n in range(4)]
    world = World(clock, slack, opened, channels, milestones, has_details=True)
    ledger = Fragile(PostLedger(opened), random, 0.03)
    replicas = [world.process(ledger), world.process(ledger)]
    kills = 0
    while clock.now < START + timedelta(days=7):
        for number in range(2):
            try:
                replicas[number].tick()
            except Killed:
                kills += 1
                replicas[number] = world.process(ledger)
        clock.wait(minutes=random.choice([1, 5, 60, 240]))
    slack.answers = iter(lambda: "ok", None)
    for _ in range(6):
        clock.wait(minutes=2)
        world.process().tick()
    assert kills > 2
    assert max(slack.texts().values()) == 1, "doubled"
    rows = {
        (entry.slot.channel, entry.slot.occurrence): entry for entry in world.rows() if entry.slot.part == "message"
    }
    posted = {(posted.channel, posted.text.split()[0]) for posted in slack.messages.values() if not posted.thread_ts}
    for posted_ in slack.messages.values():
        day = date.fromisoformat(posted_.text.split()[0].partition(":")[2])
        assert posted_.at >= datetime.combine(day, time(9), tzinfo=UTC), "early"
    expected = {
        (channel.channel, f"digest:{START.date() + timedelta(days=n)}") for channel in channels for n in range(7)
    }
    lost = {key for key in expected if key not in posted}
    if can_be_read:
        assert not lost
        assert not any(entry.state in (State.UNCONFIRMED, State.MISSED) for entry in rows.values())
    else:
        assert all(rows[key].state is State.UNCONFIRMED for key in lost), "lost, and said so"
    _never_sent_in_vain(rows, posted)


def _never_sent_in_vain(rows: dict[tuple[str, str], Entry], posted: set[tuple[str, str]]) -> None:
    for key, entry in rows.items():
        if entry.state is State.SENT:
            assert key in posted


# A reminder whose dates are done

DUE = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)


@pytest.fixture
def reminded(world: World) -> World:
    """Return a world in which a reminder of one date was just posted."""
    world.subscriptions = [Subscription("C1", START, days=(), leads=(7,))]
    world.milestones = [milestone("a-1.24", date(2026, 11, 16))]
    world.clock.now = DUE
    world.process().tick()
    assert world.slack.texts() == {"C1 reminder:2026-11-09 a-1.24": 1}
    return world


def fixed(world: World) -> list[tuple[State, str]]:
    return [(entry.state, entry.code) for entry in world.rows() if entry.slot.part is Part.FIXED]


def test_the_ledger_knows_what_a_reminder_tells_of_even_if_its_answer_got_lost(world: World) -> None:
    world.subscriptions = [Subscription("C1", START, days=(), leads=(7,))]
    world.milestones = [milestone("a-1.24", date(2026, 11, 16))]
    world.clock.now = DUE
    world.slack.answers = iter(["accepted"])
    process = world.process()
    process.tick()
    world.clock.wait(minutes=2)
    process.tick()
    [entry] = world.rows()
    assert (entry.state, entry.about) == (State.SENT, ("a-1.24",))


def test_a_reminder_is_edited_once_by_one_replica_and_not_again_when_it_comes_back(reminded: World) -> None:
    processes = reminded.process(), reminded.process()
    for minute in range(6):
        reminded.done = set() if minute in (0, 3, 4) else {"a-1.24"}
        for process in processes:
            process.tick()
        reminded.clock.wait(minutes=1)
    assert reminded.slack.texts() == {"C1 done: a-1.24": 1}
    assert reminded.slack.edits == 1
    assert fixed(reminded) == [(State.SENT, "")]


@pytest.mark.parametrize("how", ["lost", "accepted", "limited", "refused:unreachable", "killed-before", "killed-after"])
def test_an_edit_of_which_nobody_knows_whether_it_came_is_made_again(reminded: World, how: str) -> None:
    reminded.done = {"a-1.24"}
    reminded.slack.answers = iter([how, "ok"])
    with suppress(Killed):
        reminded.process().tick()
    process = reminded.process()
    for _ in range(4):
        reminded.clock.wait(minutes=2)
        process.tick()
    assert reminded.slack.texts() == {"C1 done: a-1.24": 1}
    assert reminded.slack.edits == 2
    assert fixed(reminded) == [(State.SENT, "")]


@pytest.mark.parametrize("code", ["message_not_found", "edit_window_closed", "cant_update_message"])
def test_an_edit_that_slack_refuses_is_not_tried_again(reminded: World, code: str) -> None:
    reminded.done = {"a-1.24"}
    reminded.slack.answers = iter([f"refused:{code}"])
    process = reminded.process()
    for _ in range(3):
        process.tick()
        reminded.clock.wait(minutes=2)
    assert fixed(reminded) == [(State.REFUSED, code)]
    assert reminded.stopped == []


def test_what_came_back_before_an_edit_was_made_again_is_left(reminded: World) -> None:
    reminded.done = {"a-1.24"}
    reminded.slack.answers = iter(["lost"])
    process = reminded.process()
    process.tick()
    reminded.done = set()
    reminded.clock.wait(minutes=2)
    process.tick()
    assert reminded.slack.texts() == {"C1 reminder:2026-11-09 a-1.24": 1}
    assert fixed(reminded) == [(State.NOTHING, "back")]


def test_a_reminder_of_more_than_thirty_days_ago_is_left(reminded: World) -> None:
    reminded.milestones = []
    reminded.clock.wait(days=30, minutes=1)
    reminded.done = {"a-1.24"}
    reminded.process().tick()
    assert fixed(reminded) == []


def test_what_was_put_off_comes_back_through_the_ledger_once(reminded: World) -> None:
    reminded.woken = {"C1": [("a-1.24", date(2026, 11, 12))], "C2": [("a-1.24", date(2026, 11, 13))]}
    for day in range(5):
        reminded.clock.now = DUE + timedelta(days=day)
        reminded.process().tick()
    assert sorted(reminded.slack.texts()) == ["C1 reminder:2026-11-09 a-1.24", "C1 reminder:2026-11-12 a-1.24"]


def test_what_people_said_is_shown_in_the_newest_reminder_or_the_one_they_clicked(reminded: World) -> None:
    reminded.woken = {"C1": [("a-1.24", date(2026, 11, 12))]}
    reminded.clock.now = DUE + timedelta(days=3)
    process = reminded.process()
    process.tick()
    first, second = reminded.slack.messages
    assert process.refresh("C1", "a-1.24", None)
    assert reminded.slack.messages[second].text == "reminder:2026-11-12 again a-1.24"
    assert process.refresh("C1", "a-1.24", first)
    assert reminded.slack.messages[first].text == "reminder:2026-11-09 again a-1.24"
    for channel, id_, ts in (("C1", "b-1.25", None), ("C2", "a-1.24", None), ("C1", "a-1.24", "1.1")):
        assert not process.refresh(channel, id_, ts)
    reminded.slack.answers = iter(["refused:message_not_found", "ok", "ok"])
    assert not process.refresh("C1", "a-1.24", None)
    reminded.done = {"a-1.24"}
    reminded.clock.wait(minutes=2)
    process.tick()
    assert not process.refresh("C1", "a-1.24", first), "it says that it is done"


def test_what_the_next_digest_builds_on_is_kept_once_the_thread_is_whole(world: World) -> None:
    kept: list[str] = []
    world.written = lambda _: Posting(
        Message("told", ()), Message("details", ()) if not kept else None, keep=lambda: kept.append("kept")
    )
    world.slack.answers = iter(["ok", "limited", "ok"])
    world.clock.now = MORNING
    process = world.process()
    process.tick()
    assert kept == []
    world.clock.wait(minutes=2)
    process.tick()
    assert sorted(posted.text for posted in world.slack.messages.values()) == ["details", "told"]


def test_a_claim_is_renewed_when_its_call_begins(world: World) -> None:
    ledger = PostLedger(world.database)
    slot = Slot("C1", "digest:2026-11-02", Part.MESSAGE)
    claim = ledger.claim(slot, MORNING, MORNING, MORNING + timedelta(minutes=1))
    assert claim is not None
    late = MORNING + timedelta(seconds=59)
    assert ledger.begin(claim, late, late + timedelta(minutes=1), ())
    [entry] = ledger.rows(START)
    assert ledger.take_over(entry, MORNING + timedelta(seconds=61), MORNING + timedelta(minutes=3)) is None


def test_a_call_does_not_begin_when_the_database_took_long_to_say_that_it_may(world: World) -> None:
    class Slow(PostLedger):
        def begin(self, *arguments: Any) -> bool:
            begun = super().begin(*arguments)
            world.clock.wait(seconds=70)
            return begun

    world.clock.now = MORNING
    world.process(Slow(world.database)).tick()
    assert world.slack.calls == 0
    world.clock.wait(minutes=2)
    world.process().tick()
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1}


def test_leads_from_before_a_date_was_set_are_not_missed(world: World) -> None:
    set_at = MORNING + timedelta(hours=6)
    own = replace(milestone("a-1.24", date(2026, 11, 9)), own=Origin("slack", date(2022, 5, 3), at=set_at))
    world.subscriptions = [Subscription("C1", START - timedelta(days=100), days=(), leads=(30, 14, 7, 3))]
    world.milestones = [own]
    world.clock.now = MORNING + timedelta(days=4)
    world.process().tick()
    assert state_of(world) == [("reminder:2026-11-06", State.SENT)]
    assert world.told == [[]]


def test_a_row_of_a_newer_version_stops_nobody(world: World) -> None:
    with world.database.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO posts (channel, occurrence, part, at, state, post_id, holder, claimed_at, lease_until, code,"
            " parts, about) VALUES ('C9', 'digest:x', 'message', '2026-11-02 09:00:00', 'deferred', '', '',"
            " '2026-11-02 09:00:00', '2026-11-02 09:00:00', '', '', '[]')"
        )
    world.clock.now = MORNING
    world.process().tick()
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1}


def test_a_reminder_that_waited_over_night_is_told_with_todays(world: World) -> None:
    world.milestones = [milestone("a-1.24", date(2026, 11, 9)), milestone("b-1.25", date(2026, 11, 10))]
    world.subscriptions = [Subscription("C1", START, days=(), leads=(7,))]
    world.slack.answers = iter(["refused:invalid_auth", "ok", "ok"])
    world.clock.now = MORNING
    process = world.process()
    process.tick()
    world.clock.now = MORNING + timedelta(hours=17)
    process.tick()
    assert world.slack.texts() == {}
    world.clock.now = MORNING + timedelta(hours=24, seconds=7)
    process.tick()
    assert world.slack.texts() == {"C1 reminder:2026-11-03 a-1.24 b-1.25": 1}


def test_a_late_reminder_right_before_todays_is_told_with_it_however_the_look_falls(world: World) -> None:
    world.milestones = [milestone("a-1.24", date(2026, 11, 9)), milestone("b-1.25", date(2026, 11, 10))]
    world.subscriptions = [Subscription("C1", START, days=(), leads=(7,))]
    process = world.process()
    for moment in (MORNING + timedelta(hours=23, minutes=59, seconds=50), MORNING + timedelta(hours=24, seconds=7)):
        world.clock.now = moment
        process.tick()
    assert world.slack.texts() == {"C1 reminder:2026-11-03 a-1.24 b-1.25": 1}


def test_what_was_missed_is_told_once_where_two_posts_are_due(world: World) -> None:
    world.milestones = [milestone("a-1.24", date(2026, 11, 16))]
    world.subscriptions = [Subscription("C1", START, leads=(7,))]
    world.clock.now = MORNING + timedelta(days=7)
    world.process().tick()
    assert sorted(world.told) == [[], ["digest:2026-11-02"]]


def test_digests_that_were_asked_for_do_not_use_up_what_comes_unasked(world: World) -> None:
    world.clock.now = MORNING - timedelta(hours=1)
    process = world.process()
    for _ in range(12):
        assert process.post_now("C1") is State.SENT
        world.clock.wait(seconds=1)
    world.clock.now = MORNING
    process.tick()
    assert world.slack.texts()["C1 digest:2026-11-02"] == 13


def test_a_digest_that_was_asked_for_and_got_no_answer_is_not_called_failed(world: World) -> None:
    world.slack.answers = iter(["accepted"])
    world.clock.now = MORNING - timedelta(hours=1)
    assert world.process().post_now("C1") is State.UNKNOWN


def test_a_clock_far_ahead_empties_nothing(world: World) -> None:
    world.clock.now = MORNING
    world.process().tick()
    PostLedger(world.database).purge(MORNING + timedelta(days=4000))
    world.process().tick()
    assert world.slack.texts() == {"C1 digest:2026-11-02": 1}


def test_a_reminder_merged_into_one_that_was_missed_is_told_with_it(world: World) -> None:
    world.milestones = [milestone("a-1.24", date(2026, 11, 9)), milestone("b-1.25", date(2026, 11, 10))]
    world.subscriptions = [Subscription("C1", START, leads=(7,))]
    ledger = PostLedger(world.database)
    for day, outcome in (
        ("2026-11-02", Outcome(State.MERGED, code="reminder:2026-11-03")),
        ("2026-11-03", Outcome(State.MISSED)),
    ):
        ledger.write(Slot("C1", f"reminder:{day}", Part.MESSAGE), MORNING, MORNING, outcome)
    world.clock.now = MORNING + timedelta(days=7)
    world.process().tick()
    assert [sorted(found) for found in world.told] == [
        ["digest:2026-11-02", "reminder:2026-11-02", "reminder:2026-11-03"]
    ]


def test_a_channel_that_was_turned_off_during_a_long_look_gets_nothing(world: World) -> None:
    world.subscriptions = [Subscription(f"C{n}", START) for n in range(9)]

    def slowly(_: Occurrence) -> Posting:
        world.clock.wait(seconds=3)
        world.subscriptions = world.subscriptions[:1]
        return Posting(Message("told", ()))

    world.written = slowly
    world.clock.now = MORNING
    world.process().tick()
    assert world.slack.calls < 9


def test_a_late_reminder_does_not_come_in_the_night(world: World) -> None:
    world.milestones = [milestone("a-1.24", date(2026, 11, 9))]
    world.subscriptions = [Subscription("C1", START, days=(), leads=(7,))]
    process = world.process()
    for hours, calls in ((17, 0), (23.9, 0), (24.01, 1)):
        world.clock.now = MORNING + timedelta(hours=hours)
        process.tick()
        assert world.slack.calls == calls
    assert world.slack.texts() == {"C1 reminder:2026-11-02 a-1.24": 1}
