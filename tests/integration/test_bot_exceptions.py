"""The whole bot and its exceptions: who may make one, who reads of it, how it ends, and what every answer says."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.exceptions_file import read
from bot.app import Source
from bot.core.rules import RULES
from bot.playground.slack import SlackSimulator
from tests.factories import make_deployment
from tests.integration.bots import Mode, ProcessBot, ThreadBot, answer_to, ordered, rows, tokens_of
from tests.unit.cli.program import dump, every_kind

SOCKET, CHANGED = {"/var/run/docker.sock": "/s"}, {"/run/docker.sock": "/s"}
SAID = "except deploy/builder docker-socket until 2026-12-24 because the vendor mends it"


class Clock:
    """The time, as the test sets it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Cluster:
    """Every kind of object and a Deployment, as a dump that is read again and again; it is replaced in one go."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.path = folder / "cluster.json"
        self.clock = clock

    def __call__(self, paths: dict[str, str], **others: Any) -> None:
        """Let the Deployment mount these paths of its node."""
        builder = make_deployment("builder", namespace="ci", host_paths=paths, **others)
        new, at = dump(self.path.parent, *every_kind(), builder, name="new.json"), self.clock.now.timestamp()
        os.utime(new, (at, at))
        new.rename(self.path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cluster(tmp_path: Path, clock: Clock) -> Cluster:
    made = Cluster(tmp_path, clock)
    made(SOCKET)
    return made


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return the path of a bot's database."""
    return tmp_path / "kept.db"


@contextmanager
def serving(
    slack: SlackSimulator, database: Path, cluster: Cluster, clock: Clock, mode: Mode = "socket", **settings: Any
) -> Iterator[ThreadBot]:
    given = {"database_url": f"sqlite:///{database}", "refresh_seconds": 0.1, "stale_seconds": 86_400, **settings}
    with ThreadBot(slack, mode, Source(snapshot=str(cluster.path)), clock=clock, tick_seconds=0.05, **given) as bot:
        yield bot


def said(slack: SlackSimulator, words: str) -> str:
    return answer_to(slack, lambda: slack.command(words)).text


def wait_said(slack: SlackSimulator, words: str, text: str) -> str:
    """Ask until the answer has a text: the cluster is read anew in the background."""
    return slack.wait_for(lambda: text in (found := said(slack, words)) and found)


def test_an_admin_accepts_a_finding_everybody_reads_of_it_and_every_answer_names_it(
    slack: SlackSimulator, mode: Mode, database: Path, cluster: Cluster, clock: Clock
) -> None:
    slack.add_usergroup("S0LEADS", ["U0ALICE"])
    with serving(slack, database, cluster, clock, mode, admins=("S0LEADS",)):
        assert "1 workload at risk" in said(slack, "status")
        (told,) = ordered(slack, SAID, 1, user="U0MINJI")
        assert "UNSHIM_ADMINS" in told.text
        assert rows(database, "select count(*) from exceptions") == [(0,)]
        told, public = ordered(slack, SAID)
        assert told.ephemeral_for == "U0ALICE"
        assert (public.ephemeral_for, public.channel, public.thread_ts) == (None, "C0GENERAL", None)
        assert "<@U0ALICE> accepted docker-socket of" in public.text
        assert "until 2026-12-24" in public.text
        assert "the vendor mends it" in public.text
        excepted = "1 excepted: `ci/builder` (until 2026-12-24)"
        for words in ("status", "pods", "progress"):
            assert excepted in said(slack, words), words
        assert "nothing else at risk found" in said(slack, "status")
        for words in ("safe", "safe ci", "count at-risk", "owners", "explain ci/builder"):
            assert "2026-12-24" in said(slack, words), words
        listed = said(slack, "except show")
        assert "1 exception: 1 in force" in listed
        found = {entry: rows(database, f"select {entry} from exceptions")[0][0] for entry in ("user_id", "until")}
        assert found == {"user_id": "U0ALICE", "until": "2026-12-24"}
        told, public = ordered(slack, "except off ci/builder docker-socket")
        assert "<@U0ALICE> ended the exception" in public.text
        assert "1 workload at risk" in said(slack, "status")
        assert "There are no exceptions" in said(slack, "except")
    entries = rows(database, "select user_id, channel, action, subject from audit order by id")
    subject = "ci/Deployment/builder docker-socket"
    assert entries == [
        ("U0ALICE", "C0GENERAL", "excepted", subject),
        ("U0ALICE", "C0GENERAL", "exception ended", subject),
    ]


def test_it_expires_after_its_last_day_in_utc(
    slack: SlackSimulator, database: Path, cluster: Cluster, clock: Clock
) -> None:
    with serving(slack, database, cluster, clock, admins=("U0ALICE",)):
        ordered(slack, SAID)
        clock.now = datetime(2026, 12, 24, 23, 59, tzinfo=UTC)
        assert "1 excepted" in said(slack, "status")
        clock.now += timedelta(minutes=2)
        assert "1 workload at risk" in said(slack, "status")
        assert "excepted" not in said(slack, "status")
        listed = said(slack, "except show")
        assert "1 expired" in listed
        assert "expired, 2026-12-24 was its last day" in listed


def test_it_is_void_once_the_spec_changes_and_stays_so_when_it_is_changed_back(
    slack: SlackSimulator, database: Path, cluster: Cluster, clock: Clock
) -> None:
    with serving(slack, database, cluster, clock, admins=("U0ALICE",)):
        ordered(slack, SAID)
        assert "1 excepted" in said(slack, "status")
        cluster(SOCKET, replicas=7)
        clock.now += timedelta(days=1)
        assert "1 excepted" in said(slack, "status")
        cluster(CHANGED)
        wait_said(slack, "status", "1 workload at risk")
        slack.wait_for(lambda: rows(database, "select voided_at is not null from exceptions") == [(1,)])
        assert "voided on 2026-11-24: something else is found" in wait_said(slack, "except show", "1 void")
        cluster(SOCKET)
        slack.wait_for(lambda: "/var/run/docker.sock" in said(slack, "explain ci/builder"))
        assert "1 workload at risk" in said(slack, "status")
        # Accepted anew it holds again.
        ordered(slack, SAID)
        assert "1 excepted" in said(slack, "status")
        cluster({})
        assert "no such finding on it any more" in wait_said(slack, "except show", "1 with nothing left to accept")
    assert rows(database, "select user_id from audit where action = 'exception void'") == [("",)]


def test_it_outlives_a_restart_and_the_export_is_imported_elsewhere(
    slack: SlackSimulator, database: Path, cluster: Cluster, clock: Clock, tmp_path: Path
) -> None:
    with serving(slack, database, cluster, clock, admins=("U0ALICE",)):
        ordered(slack, SAID)
    with serving(slack, database, cluster, clock):
        assert "1 excepted" in said(slack, "status")
        before = len(slack.files)
        slack.command("except export", user="U0MINJI")
        file = slack.wait_for(lambda: len(slack.files) > before and slack.files[-1])
    path = tmp_path / "exported.yaml"
    path.write_bytes(file.content)
    (one,) = read(str(path), {rule.code for rule in RULES}, date(2026, 11, 23))
    assert (one.subject, one.by) == ("ci/Deployment/builder docker-socket", "U0ALICE")


def test_a_locked_database_accepts_nothing_and_what_was_accepted_stays(
    slack: SlackSimulator, database: Path, cluster: Cluster, clock: Clock
) -> None:
    with serving(slack, database, cluster, clock, admins=("U0ALICE",)):
        ordered(slack, SAID)
        assert "1 excepted" in said(slack, "status")
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            before = len(slack.messages)
            slack.command("except off ci/builder docker-socket")
            told = slack.wait_messages(before + 1, 10)[before]
            assert "my database does not work at the moment. Nothing was changed." in told.text
            assert "1 excepted" in said(slack, "status")
            other.execute("ROLLBACK")
    assert rows(database, "select count(*) from exceptions") == [(1,)]


def test_the_digest_names_it(slack: SlackSimulator, database: Path, cluster: Cluster, clock: Clock) -> None:
    with serving(slack, database, cluster, clock, admins=("U0ALICE",)):
        ordered(slack, SAID)
        ordered(slack, "digest on mon 10:00 UTC")
        clock.now = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
        post = slack.wait_for(lambda: next((each for each in slack.messages if each.metadata), None))
        assert "1 excepted: `ci/builder` (until 2026-12-24)" in post.text


def test_the_program_itself_takes_one_and_refuses_what_cannot_be(slack: SlackSimulator, tmp_path: Path) -> None:
    env = {
        **tokens_of(slack, "socket"),
        "UNSHIM_ADMINS": "U0ALICE",
        "UNSHIM_DATABASE_URL": f"sqlite:///{tmp_path / 'kept.db'}",
    }
    words = "except ci/deploy/gitlab-runner docker-socket until {} because the vendor mends it"
    with ProcessBot("--demo", env=env) as bot:
        bot.wait_ready(20)
        for wrong in (words.format("2030-12-24"), words.format("2027-01-01").replace("runner", "runer")):
            (told,) = ordered(slack, wrong, 1)
            assert "Nothing was changed." in told.text
        ordered(slack, words.format("2027-01-01"))
        assert "1 excepted: `ci/gitlab-runner` (until 2027-01-01)" in said(slack, "status")
    assert rows(tmp_path / "kept.db", "select name from exceptions") == [("gitlab-runner",)]
