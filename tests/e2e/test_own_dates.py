"""A file of own dates under a bot that runs: a change shows in the next answer, a mistake costs none."""

import os
from pathlib import Path

from bot.playground.slack import SlackSimulator
from tests.integration.bots import ProcessBot, answer_to, tokens_of

DATE = '[[date]]\nversion = "1.24"\ndate = {day}\n'


def write(path: Path, text: str, second: int) -> None:
    """Put a file in place as ConfigMaps and careful editors do, with a time stamp of its own."""
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    os.utime(new, (second, second))
    new.replace(path)


def test_a_changed_file_shows_and_a_broken_one_keeps_what_was_read(slack: SlackSimulator, tmp_path: Path) -> None:
    path = tmp_path / "dates.toml"
    write(path, DATE.format(day="2027-03-01"), 1)
    with ProcessBot("--demo", env={**tokens_of(slack, "socket"), "UNSHIM_MILESTONES_FILE": str(path)}) as bot:
        bot.wait_ready(20)

        def asked() -> str:
            return answer_to(slack, lambda: slack.command("when 1.24")).text

        assert "2027-03-01" in asked()
        write(path, DATE.format(day="2027-04-01"), 2)
        assert "2027-04-01" in asked()
        write(path, DATE.format(day="2027-02-30"), 3)
        assert "2027-04-01" in asked()
        assert "2027-04-01" in asked()
        warned = [entry for entry in bot.log if entry["event"].startswith("milestones file not taken")]
        assert [(entry["entry"], entry["field"]) for entry in warned] == [("[[date]] 1", "date")]
        bot.terminate()
        assert bot.wait() == 0
