"""The tree of errors: what is drawn is what is there, and each leads to its exit code."""

import inspect

import pytest

from bot import errors
from bot.errors import BotError, ClusterError, SlackError, SlackTokenError, StoreError, UsageError

ALL = [found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, BotError)]


def test_every_error_is_in_the_drawing() -> None:
    assert errors.__doc__ is not None
    for error in ALL:
        assert error.__name__ in errors.__doc__


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_a_wrong_call_is_2_and_a_cluster_or_slack_out_of_reach_is_3(error: type[BotError]) -> None:
    is_away = issubclass(error, (ClusterError, SlackError, StoreError)) and error is not SlackTokenError
    assert error("key").exit_code == (3 if is_away else 2)
    assert error is BotError or issubclass(error, (UsageError, ClusterError, SlackError, StoreError))


def test_an_error_carries_a_key_and_values_never_a_sentence() -> None:
    error = BotError("namespace-unknown", namespace="x", near="y")
    assert (error.key, dict(error.values)) == ("namespace-unknown", {"namespace": "x", "near": "y"})
