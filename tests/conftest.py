"""Command-line options of the test suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--require-cluster``: continuous integration fails where a laptop skips; and ``--update-golden``."""
    parser.addoption(
        "--require-cluster",
        action="store_true",
        default=False,
        help="fail instead of skipping when KUBEBUILDER_ASSETS names no kube-apiserver to test against",
    )
    parser.addoption(
        "--update-golden",
        action="store_true",
        default=False,
        help="rewrite tests/unit/golden from what the program answers now; read the diff before you commit it",
    )
