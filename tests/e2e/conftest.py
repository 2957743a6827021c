"""Fixtures: what the integration tests have, for the program as a process."""

from tests.integration.conftest import apiserver, assets, cluster, deployed, mode, no_settings, slack

__all__ = ["apiserver", "assets", "cluster", "deployed", "mode", "no_settings", "slack"]
