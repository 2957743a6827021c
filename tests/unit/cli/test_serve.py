"""``unshim serve`` before it connects: what is plainly wrong is one sentence, and no token is shown."""

import pytest

from tests.unit.cli.program import run

BOT, APP = "xoxb-1-planted", "xapp-1-planted"

pytestmark = pytest.mark.usefixtures("no_settings")


@pytest.mark.parametrize(
    ("bot", "app", "named"),
    [
        pytest.param(APP, BOT, "SLACK_BOT_TOKEN, SLACK_APP_TOKEN", id="swapped"),
        pytest.param(f"{BOT}\n", APP, "SLACK_BOT_TOKEN", id="a-line-break-of-base64"),
        pytest.param(BOT, f'"{APP}"', "SLACK_APP_TOKEN", id="quotes"),
        pytest.param("xoxp-1-planted", APP, "SLACK_BOT_TOKEN", id="a-persons"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_cannot_be_a_token_is_named_and_not_shown(
    bot: str, app: str, named: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", bot)
    monkeypatch.setenv("SLACK_APP_TOKEN", app)
    monkeypatch.setenv("UNSHIM_HTTP_PORT", "0")
    result = run("serve", "--demo", "--lang", language)
    assert (result.code, result.out) == (2, "")
    assert f"{named}." in result.err
    assert "planted" not in result.err


def test_without_tokens_it_says_which_are_needed() -> None:
    result = run("serve", "--demo")
    assert result.code == 2
    assert "SLACK_BOT_TOKEN" in result.err
    assert "SLACK_SIGNING_SECRET" in result.err


def test_a_dump_is_no_live_cluster() -> None:
    result = run("serve", "--snapshot", "dump.json")
    assert result.code == 2
    assert "--snapshot" in result.err
