"""What unit tests share: the same hypothesis examples each time, golden files, and no settings of whoever runs them."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("unit", derandomize=True, max_examples=200, deadline=None, database=None)
settings.load_profile("unit")

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the environment's settings and any ``.env``, and leave no kubeconfig to log in with."""
    for name in os.environ:
        if name.startswith(("UNSHIM_", "SLACK_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "no-kubeconfig"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.chdir(tmp_path)


class Golden:
    """Compares a text with a file of ``golden/``, or rewrites the file."""

    def __init__(self, *, is_update: bool) -> None:
        self._is_update = is_update

    def check(self, name: str, text: str) -> None:
        """Fail when the text differs from the file of that name."""
        path = GOLDEN / name
        if self._is_update:
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{name} is missing: make golden, then read it"
        assert text == path.read_text(encoding="utf-8")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Return the golden files."""
    return Golden(is_update=request.config.getoption("--update-golden"))
