"""A simulated quarter: replicas on PostgreSQL are killed while Slack fails, and what Slack took is counted."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from bot.adapters.store.engine import Database
from bot.adapters.store.ledger import PostLedger
from bot.adapters.store.schema import migrate
from bot.adapters.store.subscribing import SubscriptionRows
from bot.core.kept import Actor
from bot.core.subscriptions import Subscription
from bot.playground.slack import Message, SlackSimulator
from bot.playground.slack.chances import Chances, Loss
from bot.reminders.ports import Entry, Part, State
from tests.e2e.plan import cluster, due_posts, subscriptions
from tests.e2e.stepped import Replicas
from tests.integration.bots import tokens_of

REPLICAS = 2

#: Share of the posts that fail, and share of those that Slack took before.
FAIL_RATE, TAKEN = 0.05, 0.5

#: Slack answers that much after it took a post, so that a process may be killed in between.
ANSWER_SECONDS = 0.05

HISTORY_SCOPES = {"channels:history", "groups:history"}

#: The clock never goes further than this at once: less than the grace time, as in a night without anything due.
LONGEST = timedelta(hours=8)

#: Before each moment the clock stops for a look, so that what comes early is seen.
BEFORE = timedelta(seconds=20)

#: After it the clock goes on so far, again and again, while something is left to do: longer than a claim holds.
AFTER, MOST_AFTER = timedelta(seconds=75), 8

Key = tuple[str, str]


@dataclass(frozen=True)
class Size:
    """How much is simulated: from ``start`` to ``end``, so many subscriptions, so many kills."""

    start: datetime
    end: datetime
    subscriptions: int
    kills: int


WHOLE = Size(datetime(2026, 8, 31, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC), 40, 200)

#: Two weeks in which summer time ends, in Europe and then in New York.
SHORT = Size(datetime(2026, 10, 24, 6, tzinfo=UTC), datetime(2026, 11, 6, 18, tzinfo=UTC), 8, 20)


@dataclass
class Outcome:
    """What came of it.

    Args:
        due: all posts that were due, with their moments.
        ids: of the ledger, what each id in a message's metadata stands for.
        taken: messages and files that Slack took, by channel and id, whatever it answered.
        posted: messages with an id, as the channels show them.
        rows: of the ledger.
        calls: those that post; spoiled: of these, those whose answer was lost, by whether they were taken.
    """

    due: Mapping[Key, datetime]
    ids: Mapping[Key, tuple[str, Part]]
    taken: Counter[Key]
    posted: Sequence[Message]
    rows: Sequence[Entry]
    zones: Mapping[str, ZoneInfo]
    kills: int = 0
    calls: int = 0
    spoiled: Counter[bool] = field(default_factory=Counter)
    seconds: float = 0.0
    log: Counter[str] = field(default_factory=Counter)

    @property
    def messages(self) -> Counter[Key]:
        """Return how often Slack took the message of each occurrence."""
        found: Counter[Key] = Counter()
        for (channel, id_), number in self.taken.items():
            occurrence, part = self.ids.get((channel, id_), ("nobody knows", Part.MESSAGE))
            if part is Part.MESSAGE:
                found[channel, occurrence] += number
        return found

    @property
    def doubled(self) -> list[Key]:
        """Return what Slack took more than once: any message, details or chart."""
        return sorted(key for key, number in self.taken.items() if number > 1)

    @property
    def alike(self) -> list[tuple[str, str, str]]:
        """Return what looks doubled without the ledger's help: more on a day than is due, or the same text twice."""
        firsts = [message for message in self.posted if message.thread_ts is None]
        days = Counter((message.channel, str(self._day(message.channel, at_of(message)))) for message in firsts)
        due = Counter((channel, str(self._day(channel, at))) for (channel, _), at in self.due.items())
        texts = Counter(
            (message.channel, message.thread_ts or str(self._day(message.channel, at_of(message))), message.text)
            for message in self.posted
        )
        many = [(*key, "more than is due") for key, number in days.items() if number > due[key]]
        return sorted([*many, *(key for key, number in texts.items() if number > 1)])

    @property
    def early(self) -> list[tuple[str, str]]:
        """Return what was posted before it was due, or without being due."""
        found = []
        for message in self.posted:
            assert message.metadata is not None
            occurrence, _ = self.ids[message.channel, message.metadata["event_payload"]["id"]]
            due = self.due.get((message.channel, occurrence))
            if due is None or at_of(message) < due:
                found.append((message.channel, occurrence))
        return found

    @property
    def delays(self) -> list[timedelta]:
        """Return how long after it was due each message came, in order."""
        found = []
        for message in self.posted:
            assert message.metadata is not None
            occurrence, part = self.ids[message.channel, message.metadata["event_payload"]["id"]]
            if part is Part.MESSAGE:
                found.append(at_of(message) - self.due[message.channel, occurrence])
        return sorted(found)

    @property
    def lost(self) -> list[Key]:
        """Return what was due and never taken."""
        return sorted(set(self.due) - set(self.messages))

    @property
    def untold(self) -> list[Key]:
        """Return what is unconfirmed or missed and was not told, although the channel got two more messages.

        Of a part of a thread, that is, what is unconfirmed.
        """
        sent = [row for row in self.rows if row.state is State.SENT and row.slot.part is Part.MESSAGE]
        found = []
        for row in self.rows:
            later = [other for other in sent if other.slot.channel == row.slot.channel and other.due_at > row.due_at]
            states = (State.UNCONFIRMED, State.MISSED) if row.slot.part is Part.MESSAGE else (State.UNCONFIRMED,)
            is_to_tell = row.state in states and row.slot.part is not Part.FIXED
            if is_to_tell and row.told_at is None and len(later) > 1:
                found.append((row.slot.channel, row.slot.occurrence))
        return found

    def parts(self, *states: State) -> list[tuple[str, str, Part]]:
        """Return what the ledger has in these states."""
        return sorted(
            (row.slot.channel, row.slot.occurrence, row.slot.part) for row in self.rows if row.state in states
        )

    def messages_in(self, *states: State) -> set[Key]:
        """Return the occurrences whose message is in these states."""
        return {(channel, occurrence) for channel, occurrence, part in self.parts(*states) if part is Part.MESSAGE}

    def figures(self) -> list[str]:
        """Return the figures, a line each, then what is lost or unconfirmed, one by one."""
        states = Counter(f"{row.slot.part}s {row.state}" for row in self.rows)
        unconfirmed = self.parts(State.UNCONFIRMED)
        again = [delay for delay in self.delays if delay >= AFTER]
        lost = set(self.lost)
        return [
            f"due {len(self.due)}, taken {sum(self.messages.values())} (with details and charts "
            f"{sum(self.taken.values())}) in {self.seconds:.0f} s; calls that post {self.calls}, of which "
            f"{self.spoiled.total()} without an answer, {self.spoiled[True]} of them taken; SIGKILLs {self.kills}",
            f"doubled {len(self.doubled)}, alike {len(self.alike)}, early {len(self.early)}, lost {len(lost)}, "
            f"unconfirmed {len(self.messages_in(State.UNCONFIRMED))} (with details and charts {len(unconfirmed)}), "
            f"missed {len(self.messages_in(State.MISSED))}, untold {len(self.untold)}, "
            f"sent at a second attempt {len(again)}, the last of them {max(self.delays).total_seconds():.0f} s late",
            ", ".join(f"{name}: {number}" for name, number in sorted(states.items())),
            *(f"lost: {channel} {occurrence}" for channel, occurrence in sorted(lost)),
            *(
                f"unconfirmed: {channel} {occurrence} {part}: "
                + (
                    "lost"
                    if (channel, occurrence) in lost
                    else "was taken"
                    if part is Part.MESSAGE
                    else "see its thread"
                )
                for channel, occurrence, part in unconfirmed
            ),
        ]

    def _day(self, channel: str, at: datetime) -> object:
        return at.astimezone(self.zones[channel]).date()


def at_of(message: Message) -> datetime:
    """Return when Slack took a message."""
    return datetime.fromtimestamp(float(message.ts), UTC)


def simulate(folder: Path, url: str, size: Size, seed: int, *, has_history: bool) -> Outcome:
    """Run a simulation on an empty database.

    Args:
        has_history: whether the bot may read channels.
    """
    wanted = subscriptions(size.subscriptions, size.start)
    due = {(one.channel, name): at for one in wanted for name, at in due_posts(one, size.end).items()}
    with ExitStack() as stack:
        slack = stack.enter_context(SlackSimulator())
        chances = _prepare(slack, wanted, seed, has_history=has_history)
        database = Database(url)
        stack.callback(database.close)
        migrate(database)
        rows = SubscriptionRows(database, lambda: size.start)
        for one in wanted:
            assert rows.put(one, None, Actor(), "digest on")
        env = {
            **tokens_of(slack, "socket"),
            "UNSHIM_DATABASE_URL": url,
            "UNSHIM_HTTP_HOST": "127.0.0.1",
            "UNSHIM_HTTP_PORT": "0",
            "UNSHIM_REFRESH_SECONDS": "3600",
            "UNSHIM_STALE_SECONDS": "86400",
        }
        replicas = stack.enter_context(Replicas(folder, cluster(folder), env))
        slack.workspace.clock = replicas.clock.timestamp
        started = time.monotonic()
        _run(replicas, PostLedger(database), sorted(set(due.values())), size, Random(seed))
        return _outcome(slack, replicas, PostLedger(database), wanted, due, chances, time.monotonic() - started)


def _prepare(slack: SlackSimulator, wanted: Sequence[Subscription], seed: int, *, has_history: bool) -> "_Counted":
    chances = _Counted()
    slack.faults.chances = chances
    if has_history:
        slack.scopes = slack.scopes | HISTORY_SCOPES
    for number, one in enumerate(wanted):
        slack.add_channel(one.channel, one.channel.lower(), is_private=number % 2 == 1)
        slack.invite(one.channel)
    slack.faults.silence_seconds = 0.5
    for method in ("chat.postMessage", "files.completeUploadExternal"):
        chances.set(method, FAIL_RATE, taken=TAKEN, seed=seed)
        slack.faults.delay(method, ANSWER_SECONDS)
    return chances


class _Counted(Chances):
    """Counts the answers that are lost, by whether the call was carried out."""

    def __init__(self) -> None:
        super().__init__()
        self.spoiled: Counter[bool] = Counter()

    def draw(self, method: str) -> Loss | None:
        loss = super().draw(method)
        if loss is not None:
            self.spoiled[loss.is_taken] += 1
        return loss


def _run(replicas: Replicas, ledger: PostLedger, moments: Sequence[datetime], size: Size, random: Random) -> None:
    """Move the clock from the start to the end, with a look at each moment and shortly before it."""
    steps = list(_steps(size, moments))
    replicas.clock.move(size.start)
    for replica in range(REPLICAS):
        replicas.start(replica)
    left = sum(is_due for _, is_due in steps)
    for to, is_due in steps:
        # Where there is something to do; in the end all kills are done, wherever chance had put them.
        chance = (size.kills - replicas.kills) / left if is_due else 0.0
        left -= is_due
        _step(replicas, to, random, chance)
        tries = MOST_AFTER if is_due else 0
        while tries and _is_unfinished(ledger.rows(to - timedelta(hours=23))):
            tries -= 1
            _step(replicas, replicas.clock() + AFTER, random, min(chance, 0.5) if replicas.kills < size.kills else 0.0)
    for _ in range(MOST_AFTER):  # what is left to do at the end, without further kills
        _step(replicas, replicas.clock() + AFTER, random, 0.0)


def _steps(size: Size, moments: Sequence[datetime]) -> Iterator[tuple[datetime, bool]]:
    now = size.start
    for moment in moments:
        while moment - now > LONGEST:
            now += LONGEST / 2
            yield now, False
        if moment - BEFORE > now:
            yield moment - BEFORE, False
        yield moment, True
        now = moment + AFTER
    yield max(size.end, now), False


def _step(replicas: Replicas, to: datetime, random: Random, chance: float) -> None:
    """Move the clock, and return once all that is due then was looked at; perhaps a replica is killed meanwhile."""
    replicas.let_arrive()
    if to > replicas.clock():
        replicas.clock.move(to)
    else:  # it came there by itself
        replicas.clock.move(replicas.clock())
    killer = None
    if random.random() < chance:
        killer = threading.Timer(random.uniform(0.0, 0.3), replicas.kill, [random.randrange(REPLICAS)])
        killer.start()
    until = time.monotonic() + 60.0
    while not replicas.clock.was_looked_at(REPLICAS):
        assert time.monotonic() < until, f"nobody looked at what is due at {to}"
        time.sleep(0.005)
    if killer is not None:
        killer.join()


def _is_unfinished(rows: Sequence[Entry]) -> bool:
    """Whether something is open, or missing in the thread of a message."""
    slots = {row.slot for row in rows}
    return any(
        row.state.is_open
        or (row.state is State.SENT and not all(replace(row.slot, part=part) in slots for part in row.parts))
        for row in rows
    )


def _outcome(
    slack: SlackSimulator,
    replicas: Replicas,
    ledger: PostLedger,
    wanted: Sequence[Subscription],
    due: Mapping[Key, datetime],
    chances: "_Counted",
    seconds: float,
) -> Outcome:
    rows = ledger.rows(datetime(2000, 1, 1, tzinfo=UTC))
    ids = {(row.slot.channel, row.post_id): (row.slot.occurrence, row.slot.part) for row in rows}
    # A file carries the beginning of its id in its name.
    short = {(channel, id_[:8]): id_ for channel, id_ in ids}
    taken: Counter[Key] = Counter()
    for (channel, name), number in slack.workspace.accepted().items():
        taken[channel, short.get((channel, name.removesuffix(".png").rpartition("-")[2]), name)] += number
    posts = [call for call in slack.calls if call.method in ("chat.postMessage", "files.completeUploadExternal")]
    log = Counter(str(entry.get("event")) for entry in replicas.log())
    return Outcome(
        due=due,
        ids=ids,
        taken=taken,
        posted=[message for message in slack.messages if message.metadata],
        rows=rows,
        zones={one.channel: one.tz for one in wanted},
        kills=replicas.kills,
        calls=len(posts),
        spoiled=chances.spoiled,
        seconds=seconds,
        log=log,
    )
