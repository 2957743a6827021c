"""Digests and reminders over weeks, on two replicas that are killed while Slack fails: never doubled, never early."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.reminders.ports import State
from tests.e2e.quarter import SHORT, WHOLE, simulate

#: Seeds kills and Slack's failures; another one must do as well.
SEED = 5


@pytest.mark.parametrize("has_history", [True, False], ids=["history", "no-history"])
def test_what_is_due_is_posted_once_while_replicas_are_killed_and_slack_fails(
    database_url: str,
    tmp_path: Path,
    note: Callable[[str], None],
    request: pytest.FixtureRequest,
    no_settings: None,
    has_history: bool,
) -> None:
    size = WHOLE if request.config.getoption("--whole-quarter") else SHORT
    found = simulate(tmp_path, database_url, size, SEED, has_history=has_history)
    for line in found.figures():
        note(f"{'history' if has_history else 'no history'}: {line}")
    assert found.kills == size.kills
    assert found.spoiled.total() > 0
    assert (found.doubled, found.alike, found.early) == ([], [], [])
    lost = set(found.lost)
    if has_history:
        assert lost == set()
        assert found.messages_in(State.UNCONFIRMED, State.MISSED, State.MERGED) == set()
    else:
        assert lost <= found.messages_in(State.UNCONFIRMED, State.MISSED), "lost, and said so"
    assert found.untold == []
    assert not [row for row in found.rows if row.state.is_open], "something was left undone"
    assert {"channel failed", "channel not looked after", "reminders not looked at"}.isdisjoint(found.log)
