"""/readyz of the whole bot when Slack's Web API falls silent or refuses the token while it runs."""

import pytest

from bot.playground.slack import SlackSimulator
from tests.integration.bots import Mode, ThreadBot


@pytest.mark.parametrize("how", ["refuse", "503"])
def test_in_http_mode_a_slack_that_does_not_answer_any_more_is_noticed_and_found_again(
    slack: SlackSimulator, how: str
) -> None:
    with ThreadBot(slack, "http") as bot:
        slack.down(how)  # type: ignore[arg-type]
        assert bot.wait_readyz(lambda status, text: status == 503) == "slack: not connected, or silent\n"
        slack.up()
        bot.wait_ready()
        slack.command("status")
        slack.wait_messages(1)


def test_a_token_revoked_while_it_runs_is_noticed(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode) as bot:
        slack.faults.token_error = "token_revoked"
        assert "slack: refuses the bot token\n" in bot.wait_readyz(lambda status, text: status == 503)
        assert bot.get("/healthz") == (200, "ok\n")
        slack.faults.token_error = None
        bot.wait_ready()


@pytest.mark.parametrize("is_rate_limit", [True, False])
def test_a_slack_that_answers_with_a_refusal_is_not_silent(slack: SlackSimulator, is_rate_limit: bool) -> None:
    with ThreadBot(slack, "http") as bot:
        before = len(slack.calls)
        if is_rate_limit:
            slack.faults.rate_limit("auth.test", times=None, retry_after=60)
        else:
            slack.faults.refuse("auth.test", "fatal_error")
        slack.wait_for(lambda: sum(call.method == "auth.test" for call in slack.calls[before:]) >= 6)
        assert bot.get("/readyz")[0] == 200
