"""Command-line options of the test suite, and figures that tests leave for whoever reads the run."""

from collections.abc import Callable

import pytest

_FIGURES = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--require-cluster``: CI fails where a laptop skips; ``--update-golden``; ``--whole-quarter``."""
    parser.addoption(
        "--require-cluster",
        action="store_true",
        default=False,
        help="fail instead of skipping where there is no kube-apiserver (KUBEBUILDER_ASSETS) or no PostgreSQL",
    )
    parser.addoption(
        "--whole-quarter",
        action="store_true",
        default=False,
        help="simulate a quarter of digests and reminders with 200 kills (10 to 15 minutes), not two weeks with 20",
    )
    parser.addoption(
        "--update-golden",
        action="store_true",
        default=False,
        help="rewrite tests/unit/golden from what the program answers now; read the diff before you commit it",
    )


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Return what keeps a measured figure for the end of the run."""
    return request.config.stash.setdefault(_FIGURES, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures."""
    figures = config.stash.get(_FIGURES, [])
    if figures:
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.write_line(figure)
