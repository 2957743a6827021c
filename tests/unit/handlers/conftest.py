"""What tests of the handlers share."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep log lines out of the tests' output; a test that looks at them captures them itself."""
    with capture_logs():
        yield
