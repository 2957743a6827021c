"""Command-line options of the test suite, and figures that tests leave for whoever reads the run."""

from collections.abc import Callable

import pytest

#: Name of a figure among what a report carries; a worker of pytest-xdist sends its reports, and nothing else.
_FIGURE = "figure"


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
    properties = request.node.user_properties
    return lambda figure: properties.append((_FIGURE, figure))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures, each once: a test has several reports."""
    reports = (report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ()))
    properties = (item for report in reports if report.when == "call" for item in report.user_properties)
    if figures := [figure for name, figure in properties if name == _FIGURE]:
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.write_line(figure)
