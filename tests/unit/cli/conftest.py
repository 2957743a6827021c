"""Every call of the program starts without the settings of whoever runs the tests."""

import pytest


@pytest.fixture(autouse=True)
def _no_settings(no_settings: None) -> None:
    """Hide them."""
