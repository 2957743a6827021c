"""The program itself in July 2021: started a minute before a reminder is due, on a clock that libfaketime sets."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.playground.slack import SlackSimulator
from tests.factories import make_node
from tests.integration.bots import ProcessBot, answer_to, tokens_of
from tests.integration.faulty import FaultyServer

#: Seven days before 1.22 came out, in UTC; the clock runs on from there.
START, DUE = "2021-07-28 08:59:00", "2021-07-28T09:00"

#: Where Debian's package ``faketime`` puts the library. Its program stays in between as a parent, and a signal would
#: end that one alone.
_LIBRARIES = "*/faketime/libfaketime.so.1"


@pytest.fixture
def library(request: pytest.FixtureRequest) -> Path:
    """Return the library that sets the clock, or skip."""
    found = next(Path("/usr/lib").glob(_LIBRARIES), None)
    if found is not None:
        return found
    reason = "no libfaketime below /usr/lib: nothing to set the clock of a process with (Debian: faketime)"
    if request.config.getoption("--require-cluster"):
        pytest.fail(reason)
    pytest.skip(reason)


def test_the_reminder_of_1_22_arrives_at_nine(
    slack: SlackSimulator, library: Path, tmp_path: Path, note: Callable[[str], None]
) -> None:
    slack.add_channel("C0SEOUL", "seoul")
    slack.invite("C0SEOUL")
    slack.invite("C0SEOUL", "U0ALICE")
    clock = {
        "LD_PRELOAD": str(library),
        "FAKETIME": f"@{START}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # else Python's waits hang
        "TZ": "UTC",
    }
    with FaultyServer() as cluster:
        cluster.items["Node"] = [make_node(f"a-{n}", kubelet="v1.20.4", runtime="docker://20.10.5") for n in range(3)]
        kubeconfig = str(cluster.kubeconfig(tmp_path / "kubeconfig"))
        with ProcessBot("--kubeconfig", kubeconfig, env={**tokens_of(slack, "socket"), **clock}) as bot:
            bot.wait_ready(20)
            answer_to(slack, lambda: slack.command("digest on days=none 18:00 Asia/Seoul", channel="C0SEOUL"))
            (reminder,) = slack.wait_for(lambda: [said for said in slack.messages if said.metadata], timeout=90)
            assert reminder.channel == "C0SEOUL"
            assert "in 7 days, on 2021-08-04" in reminder.text
            assert "Kubernetes 1.22" in reminder.text
            posted = bot.wait_log("post", state="sent")
            assert DUE <= posted["timestamp"] < "2021-07-28T09:01"
            assert posted["occurrence"] == "reminder:2021-07-28"
            note(f"started {START} UTC, reminder of 1.22 posted {posted['timestamp']}: {reminder.text.splitlines()[0]}")
            bot.terminate()
            assert bot.wait() == 0
    assert len([said for said in slack.messages if said.metadata]) == 1
