"""Tokens that are plainly none, found before Slack is asked."""

from bot.core.slack_app import app_token_problem, bot_token_problem
from bot.errors import SettingsError


def check_tokens(token: str, app_token: str | None) -> None:
    """Refuse what cannot be such a token: Slack would be asked for ever, or say only that it is invalid.

    Raises: SettingsError: names the variables, never their values.
    """
    problems = {
        "SLACK_BOT_TOKEN": bot_token_problem(token),
        "SLACK_APP_TOKEN": app_token_problem(app_token) if app_token else None,
    }
    # An unknown prefix alone is Slack's to judge: it has changed them before.
    wrong = [name for name, problem in problems.items() if problem not in (None, "shape")]
    if wrong:
        raise SettingsError("slack-token-wrong", names=", ".join(wrong))
