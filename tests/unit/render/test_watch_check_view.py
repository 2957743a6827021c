"""How ``check`` shows the watch of the bot beside it."""

import pytest

from bot.adapters.knowledge import load_catalogue
from bot.core.snapshot import RESOURCES
from bot.core.watch_report import Absence, WatchReport
from bot.render.text import to_text
from bot.render.views.watch_check import compose
from tests.unit.conftest import Golden

ADDRESS = "127.0.0.1:8080"
ALL = tuple((kind, 1.0) for kind in RESOURCES)
REPORTS = {
    "fine": WatchReport(ADDRESS, 300.0, ages=ALL),
    "troubled": WatchReport(
        ADDRESS,
        300.0,
        ages=(*((kind, age) for kind, age in ALL if kind not in ("jobs", "pods", "nodes")), ("nodes", 14.4)),
        relists=(("expired", 3), ("another cluster", 1)),
        failures=(("timeout", 1204), *((f"cause-{n}", 1) for n in range(8))),
        odd=(("nodes", (("backwards", 2),)), ("pods", (("malformed", 2), ("unknown", 1)))),
    ),
    "stale": WatchReport(ADDRESS, 300.0, ages=(*ALL[:-1], ("pods", 3600.0)), failures=(("unreachable", 40),)),
    **{str(absence): WatchReport(ADDRESS, 300.0, absence) for absence in Absence},
}


def text(report: WatchReport, language: str = "en") -> str:
    return to_text(compose(report, load_catalogue(language)))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", REPORTS)
def test_how_it_looks(name: str, language: str, golden: Golden) -> None:
    golden.check(f"watch-check-{name}.{language}.txt", text(REPORTS[name], language) + "\n")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("absence", Absence)
def test_no_bot_takes_one_line(absence: Absence, language: str) -> None:
    assert text(REPORTS[str(absence)], language).count("\n") == 0


def test_what_another_program_made_up_cannot_write_to_the_terminal() -> None:
    report = WatchReport(ADDRESS, 300.0, ages=ALL, relists=(("\x1b[2J\n" + "x" * 9999, 1),))
    shown = text(report)
    assert "\x1b" not in shown
    assert len(shown) < 1000
