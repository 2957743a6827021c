"""``unshim check`` as a process against the Slack simulator: what it says, in what words, and how it ends."""

import json
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.knowledge import load_slack_app
from bot.adapters.metrics import Metrics
from bot.adapters.slack_messages import Messenger
from bot.adapters.slack_web import Directory, make_client
from bot.core.access import Place, Policy
from bot.errors import SlackRefusedError
from bot.playground.slack import SlackSimulator
from bot.render.blocks import Message
from tests.integration.program import Result, unshim
from tests.unit.cli import program

APP = load_slack_app()
REQUIRED = [scope.name for scope in APP.scopes if not scope.is_optional]
FINE, MISSING, REFUSED, UNREACHABLE = 0, 1, 2, 3

#: Whatever is set as a token or a secret in these tests holds one of these.
SECRETS = ("simulator", "s3cr3t")


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy between the program and the simulator, no ``.env``, and no log of what tests break on purpose."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)


@pytest.fixture
def slack() -> Iterator[SlackSimulator]:
    """Yield a simulator in which every scope of the app is granted."""
    with SlackSimulator() as simulator:
        yield simulator


def check(slack: SlackSimulator, *options: str, **settings: str | None) -> Result:
    """Run the check for Socket Mode with some settings changed or left out."""
    return run(slack.api_url, *options, **{**tokens(slack), **settings})


def check_as_process(slack: SlackSimulator, *options: str, **settings: str | None) -> Result:
    """Do the same as a process of its own, as a person would."""
    return run(slack.api_url, *options, start=unshim_with, **{**tokens(slack), **settings})


def tokens(slack: SlackSimulator) -> dict[str, str | None]:
    return {"bot_token": slack.bot_token, "app_token": slack.app_token}


def unshim_with(env: Mapping[str, str], *arguments: str) -> Result:
    return unshim(*arguments, env=env)


def main_with(env: Mapping[str, str], *arguments: str) -> Result:
    """Call the program in this process: a tenth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("UNSHIM_", "SLACK_", "KUBE"))]:
            patch.delenv(name)
        for name, value in env.items():
            patch.setenv(name, value)
        called = program.run(*arguments)
    return Result(called.code, called.out, called.err)


def run(api_url: str, *options: str, start: Callable[..., Result] = main_with, **settings: str | None) -> Result:
    """Run the check; no token may show in what it says."""
    names = {name: f"SLACK_{name.upper()}" for name in ("bot_token", "app_token", "signing_secret")}
    env = {names.get(name, f"UNSHIM_{name.upper()}"): value for name, value in settings.items() if value is not None}
    cluster = () if "--kubeconfig" in options else ("--demo",)
    result = start({"SLACK_API_URL": api_url, **env}, "check", *cluster, *options)
    assert not any(secret in result.out + result.err for secret in SECRETS)
    return result


def lines(result: Result) -> list[str]:
    """Return what was found about Slack, one line each, without the marks' padding."""
    table = result.out.partition("RESULT")[2] or result.out.partition("결과")[2]
    table = table.partition("\n\n")[0]  # what was found about the database follows
    return [re.sub(r" {2,}", " ", line).strip() for line in table.splitlines()[1:]]


def line(result: Result, words: str) -> str:
    """Return the one line that holds the words."""
    found = [found for found in lines(result) if words in found]
    assert len(found) == 1, result.out
    return found[0]


def methods(slack: SlackSimulator) -> list[str]:
    return [call.method for call in slack.calls]


# Everything there.


def test_all_is_fine_when_nothing_is_missing(slack: SlackSimulator) -> None:
    result = check_as_process(slack)
    assert (result.code, result.err) == (FINE, "")
    assert "Slack: everything the bot needs is there." in result.out
    assert lines(result)[:3] == [
        "ok bot token: workspace Playground, bot U0BOT",
        "ok app-level token: a Socket Mode connection can be opened",
        "ok all 9 scopes it needs are granted",
    ]
    assert lines(result)[3].startswith(
        "ok digests and reminders whose answer from Slack gets lost are marked unconfirmed"
    )
    assert lines(result)[4].startswith("ok manifests pasted into messages can be checked, attached ones cannot")
    assert re.fullmatch(r"ok clock: [0-5] seconds? off Slack's", lines(result)[5])


def test_the_check_says_the_same_in_korean(slack: SlackSimulator) -> None:
    result = check_as_process(slack, "--lang", "ko")
    assert (result.code, result.err) == (FINE, "")
    assert "Slack: 봇에 필요한 것이 모두 있습니다." in result.out
    assert lines(result)[:3] == [
        "정상 봇 토큰: 워크스페이스 Playground, 봇 U0BOT",
        "정상 앱 수준 토큰: Socket Mode 연결을 열 수 있습니다",
        "정상 필요한 권한 범위 9개가 모두 있습니다",
    ]


def test_the_check_takes_up_no_connection_and_posts_nothing(slack: SlackSimulator) -> None:
    slack.add_usergroup("S0OPS", ["U0ALICE"])
    check(slack, allowed_channels="C0GENERAL", admins="U0ALICE,S0OPS")
    assert sorted(methods(slack)) == [
        "apps.connections.open",
        "auth.test",
        "conversations.info",
        "usergroups.users.list",
        "users.info",
    ]
    assert (slack.connections, slack.messages) == ([], [])


@pytest.mark.parametrize("name", ["SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"])
def test_a_forgotten_bot_token_is_named_as_serve_cannot_start_without_it(name: str) -> None:
    result = unshim("check", "--demo", env={name: "xapp-1-planted"})
    assert result.code == 2
    assert "SLACK_BOT_TOKEN is not set: the bot cannot start" in result.out


def test_without_a_token_slack_is_not_looked_at(slack: SlackSimulator) -> None:
    result = check_as_process(slack, bot_token=None, app_token=None)
    assert (result.code, methods(slack)) == (FINE, [])
    assert result.out.endswith("\n\nSlack: not looked at, since SLACK_BOT_TOKEN is not set.\n")


def test_in_http_mode_no_socket_is_asked_for(slack: SlackSimulator) -> None:
    result = check(slack, app_token=None, signing_secret="s3cr3t")
    assert result.code == FINE
    assert line(result, "HTTP mode").startswith("ok HTTP mode, since SLACK_APP_TOKEN is not set")
    assert "apps.connections.open" not in methods(slack)


def test_slack_is_looked_at_when_the_cluster_is_out_of_reach(slack: SlackSimulator, tmp_path: Path) -> None:
    result = check_as_process(slack, "--kubeconfig", str(tmp_path / "none"))
    assert result.code == UNREACHABLE
    assert "\nSlack: everything the bot needs is there." in result.out
    assert "no kubeconfig at" in result.err


# Tokens.


def test_a_revoked_token_is_2_and_says_where_to_get_another(slack: SlackSimulator) -> None:
    slack.faults.refuse("auth.test", "token_revoked")
    result = check_as_process(slack)
    assert (result.code, result.err) == (REFUSED, "")
    assert "Slack: the bot cannot work with these tokens." in result.out
    assert line(result, "token_revoked").startswith("WRONG bot token refused (token_revoked): set SLACK_BOT_TOKEN to")
    assert "ok app-level token" in " ".join(lines(result))
    assert "clock" not in result.out


def test_a_token_of_nobody_is_2(slack: SlackSimulator) -> None:
    result = check(slack, bot_token="xoxb-s3cr3t")
    assert result.code == REFUSED
    assert "invalid_auth" in line(result, "bot token")


def test_a_wrong_app_token_is_2_and_the_rest_is_still_looked_at(slack: SlackSimulator) -> None:
    result = check(slack, app_token="xapp-1-s3cr3t")
    assert result.code == REFUSED
    assert line(result, "invalid_auth").startswith("WRONG app-level token refused (invalid_auth): set SLACK_APP_TOKEN")
    assert "all 9 scopes it needs are granted" in result.out


def test_an_app_token_without_its_scope_is_1_and_names_it(slack: SlackSimulator) -> None:
    slack.faults.refuse("apps.connections.open", "missing_scope", needed="connections:write", provided="")
    result = check_as_process(slack)
    assert result.code == MISSING
    assert line(result, "app-level").startswith("WRONG app-level token without the scope connections:write: make one")


def test_neither_app_token_nor_secret_is_2(slack: SlackSimulator) -> None:
    result = check(slack, app_token=None)
    assert result.code == REFUSED
    assert line(result, "neither").startswith("WRONG neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set")


def test_swapped_tokens_are_one_sentence_and_sent_nowhere(slack: SlackSimulator) -> None:
    result = check_as_process(slack, bot_token=slack.app_token, app_token=slack.bot_token)
    assert (result.code, methods(slack)) == (REFUSED, [])
    assert lines(result) == [
        "WRONG The tokens are swapped: SLACK_BOT_TOKEN takes the one that starts with xoxb-, "
        "SLACK_APP_TOKEN the one that starts with xapp-"
    ]
    korean = check_as_process(slack, "--lang", "ko", bot_token=slack.app_token, app_token=slack.bot_token)
    assert "문제 토큰이 서로 바뀌었습니다" in lines(korean)[0]


@pytest.mark.parametrize(
    ("token", "said"),
    [
        pytest.param("xapp-1-s3cr3t", "SLACK_BOT_TOKEN holds an app-level token (xapp-…)", id="app-level"),
        pytest.param("xoxp-s3cr3t", "SLACK_BOT_TOKEN holds the token of a person (xoxp-…)", id="a-persons"),
        pytest.param("xoxe.xoxb-s3cr3t", "SLACK_BOT_TOKEN holds a token that expires within 12 hours", id="expiring"),
        pytest.param("s3cr3t", "SLACK_BOT_TOKEN does not start with xoxb-", id="something-else"),
        pytest.param("xoxb-s3cr3t\n", "SLACK_BOT_TOKEN holds spaces, quotes or line breaks", id="a-line-break"),
    ],
)
def test_what_is_plainly_no_bot_token_is_said_and_not_sent(slack: SlackSimulator, token: str, said: str) -> None:
    result = check(slack, bot_token=token)
    assert (result.code, methods(slack)) == (REFUSED, ["apps.connections.open"])
    assert line(result, "SLACK_BOT_TOKEN").startswith(f"WRONG {said}")


@pytest.mark.parametrize(
    ("token", "said"),
    [
        pytest.param("xoxb-s3cr3t", "SLACK_APP_TOKEN holds a bot token (xoxb-…)", id="bot"),
        pytest.param("xapp-1-s3cr3t ", "SLACK_APP_TOKEN holds spaces, quotes or line breaks", id="a-space"),
    ],
)
def test_what_is_plainly_no_app_token_is_said_and_not_sent(slack: SlackSimulator, token: str, said: str) -> None:
    result = check(slack, app_token=token)
    assert (result.code, methods(slack)) == (REFUSED, ["auth.test"])
    assert line(result, "SLACK_APP_TOKEN").startswith(f"WRONG {said}")


# Scopes.


@pytest.mark.parametrize("scope", REQUIRED)
def test_a_missing_scope_is_1_and_says_what_is_lost(slack: SlackSimulator, scope: str) -> None:
    slack.scopes.discard(scope)
    result = check(slack)
    assert (result.code, result.err) == (MISSING, "")
    loss = next(known.loss("en") for known in APP.scopes if known.name == scope)
    assert line(result, "is missing").startswith(f"WRONG scope {scope} is missing: {loss}.")
    assert "Slack: 1 thing is missing" in result.out


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_missing_scope_has_its_line(slack: SlackSimulator, language: str) -> None:
    slack.scopes = {"commands"}
    found = lines(check_as_process(slack, "--lang", language))[2:-3]  # after them: what is not needed, and the clock
    missing = [scope for scope in APP.scopes if scope.name in REQUIRED and scope.name != "commands"]
    assert len(found) == len(missing)
    assert all(scope.name in said and scope.loss(language) in said for scope, said in zip(missing, found, strict=True))


def test_a_scope_nobody_uses_is_named_and_fine(slack: SlackSimulator) -> None:
    slack.scopes |= {"mpim:history", "admin"}
    result = check(slack)
    assert result.code == FINE
    assert line(result, "never used") == "ok granted, but never used: admin, mpim:history"


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    ("granted", "said"),
    [
        ((), {"en": "marked unconfirmed and not repeated; to have", "ko": "다시 보내지 않습니다. 찾게 하려면"}),
        (("channels:history",), {"en": "not where it takes groups:history", "ko": "다만 groups:history 범위가"}),
        (("groups:history",), {"en": "not where it takes channels:history", "ko": "다만 channels:history 범위가"}),
        (
            ("channels:history", "groups:history"),
            {"en": "can be found again (channels:history, groups", "ko": "찾을 수 있습니다(channels:history, groups"},
        ),
    ],
)
def test_it_says_whether_lost_posts_can_be_found_again_and_nobody_has_to_grant_that(
    slack: SlackSimulator, granted: tuple[str, ...], said: dict[str, str], language: str
) -> None:
    slack.scopes |= set(granted)
    result = check(slack, "--lang", language)
    assert result.code == FINE
    assert line(result, said[language]).startswith({"en": "ok ", "ko": "정상 "}[language])
    assert "never used" not in result.out


def test_it_says_whether_attached_manifests_can_be_read_and_nobody_has_to_grant_that(slack: SlackSimulator) -> None:
    for granted, said in ((set(), "attached ones cannot"), ({"files:read"}, "attached to messages can be checked")):
        slack.scopes |= granted
        result = check(slack)
        assert result.code == FINE
        assert line(result, said).startswith("ok ")
        assert "never used" not in result.out


def test_user_groups_are_asked_for_only_when_admins_name_one(slack: SlackSimulator) -> None:
    slack.scopes.discard("usergroups:read")
    assert check(slack, admins="U0ALICE").code == FINE
    slack.add_usergroup("S0OPS", ["U0ALICE"])
    result = check(slack, admins="S0OPS")
    assert result.code == MISSING
    assert "scope usergroups:read is missing: nobody counts as an admin" in line(result, "is missing")
    assert line(result, "S0OPS") == "UNKNOWN admin S0OPS: cannot be looked at without the scope usergroups:read"


def test_a_channel_that_cannot_be_looked_at_is_not_called_gone(slack: SlackSimulator) -> None:
    slack.scopes.discard("channels:read")
    result = check(slack, allowed_channels="C0GENERAL")
    assert result.code == MISSING
    assert line(result, "C0GENERAL") == "UNKNOWN channel C0GENERAL: cannot be looked at without the scope channels:read"


def _post(slack: SlackSimulator) -> None:
    messenger(slack).post("C0GENERAL", Message("hello", ()))


def _open(slack: SlackSimulator) -> None:
    messenger(slack).direct_channel("U0ALICE")


def _upload(slack: SlackSimulator) -> None:
    messenger(slack).upload("C0GENERAL", "nodes.csv", b"a,b\n", "The full list")


def messenger(slack: SlackSimulator) -> Messenger:
    return Messenger(make_client(slack.api_url, slack.bot_token), Metrics())


@pytest.mark.parametrize(
    ("scope", "use"),
    [pytest.param("chat:write", _post), pytest.param("im:write", _open), pytest.param("files:write", _upload)],
)
def test_without_the_scope_what_its_loss_names_does_not_work(
    slack: SlackSimulator, scope: str, use: Callable[[SlackSimulator], None]
) -> None:
    use(slack)
    slack.scopes.discard(scope)
    with pytest.raises(SlackRefusedError) as refused:
        use(slack)
    assert refused.value.values["needed"] == scope


def test_without_users_read_nobodys_language_is_known(slack: SlackSimulator) -> None:
    def locale() -> str | None:
        facts = Directory(make_client(slack.api_url, slack.bot_token), Metrics()).user("U0MINJI")
        return facts.locale if facts else None

    assert locale() == "ko-KR"
    slack.scopes.discard("users:read")
    assert locale() is None


@pytest.mark.parametrize(("scope", "channel"), [("channels:read", "C0GENERAL"), ("groups:read", "C0PRIVATE")])
def test_without_the_scope_of_a_channel_nothing_can_be_shared_there(
    slack: SlackSimulator, scope: str, channel: str
) -> None:
    slack.invite("C0PRIVATE")

    def can_share() -> bool:
        facts = Directory(make_client(slack.api_url, slack.bot_token), Metrics()).channel(channel)
        place = Place(channel, is_direct=False, is_shared=facts.is_shared if facts else None, is_private_answer=True)
        return Policy(own_teams=frozenset({slack.team})).can_share(place)

    assert can_share()
    slack.scopes.discard(scope)
    assert not can_share()


# Channels and admins.


@pytest.mark.parametrize(
    ("channel", "code", "said"),
    [
        ("C0GENERAL", FINE, "ok channel #general (C0GENERAL): the bot is a member"),
        ("C0SHARED", FINE, "ok channel #shared (C0SHARED): the bot is a member; people of another organisation read"),
        ("C0NOBOT", MISSING, "WRONG channel #no-bot (C0NOBOT): the bot is not a member; type /invite there"),
        ("C0ARCHIVED", MISSING, "WRONG channel #archived (C0ARCHIVED) is archived: take it out of UNSHIM_ALLOWED_"),
        ("C0PRIVATE", MISSING, "WRONG channel C0PRIVATE: Slack does not show it (channel_not_found); it is gone"),
        ("C0NOWHERE", MISSING, "WRONG channel C0NOWHERE: Slack does not show it (channel_not_found); it is gone"),
        ("D0ALICE", MISSING, "WRONG D0ALICE is a direct conversation: take it out of UNSHIM_ALLOWED_CHANNELS; people"),
    ],
)
def test_a_channel_is_told_from_one_that_cannot_be_used(
    slack: SlackSimulator, channel: str, code: int, said: str
) -> None:
    result = check(slack, allowed_channels=channel)
    assert result.code == code
    assert line(result, channel).startswith(said)


def test_a_deleted_channel_is_1(slack: SlackSimulator) -> None:
    slack.remove_channel("C0GENERAL")
    assert "Slack does not show it" in line(check(slack, allowed_channels="C0GENERAL"), "C0GENERAL")


def test_a_private_channel_with_the_bot_is_fine(slack: SlackSimulator) -> None:
    slack.invite("C0PRIVATE")
    result = check(slack, allowed_channels="C0PRIVATE")
    assert result.code == FINE
    assert line(result, "C0PRIVATE") == "ok channel #private (C0PRIVATE): the bot is a member"


@pytest.mark.parametrize(
    ("admin", "code", "said"),
    [
        ("U0ALICE", FINE, "ok admin alice (U0ALICE)"),
        ("U0NOBODY", MISSING, "WRONG admin U0NOBODY: Slack does not know it (user_not_found); check UNSHIM_ADMINS"),
        ("S0OPS", FINE, "ok admin group S0OPS: 2 people"),
        ("S0EMPTY", MISSING, "WRONG admin group S0EMPTY: nobody is in it"),
        ("S0GONE", MISSING, "WRONG admin S0GONE: Slack does not know it (no_such_subteam); check UNSHIM_ADMINS"),
    ],
)
def test_an_admin_is_told_from_nobody(slack: SlackSimulator, admin: str, code: int, said: str) -> None:
    slack.add_usergroup("S0OPS", ["U0ALICE", "U0MINJI"])
    slack.add_usergroup("S0EMPTY", [])
    result = check(slack, admins=admin)
    assert result.code == code
    assert line(result, admin).startswith(said)


def test_names_of_slack_cannot_write_to_the_terminal(slack: SlackSimulator) -> None:
    slack.add_channel("C0EVIL", "evil\x1b[31m\nok   all is fine", {slack.bot_user})
    result = check(slack, allowed_channels="C0EVIL")
    assert "\x1b" not in result.out
    assert line(result, "C0EVIL").startswith(r"ok channel #evil\x1b[31m\nok")


# The clock.


@pytest.mark.parametrize("ahead", [-30, 30])
def test_a_few_seconds_off_are_fine(slack: SlackSimulator, ahead: int) -> None:
    slack.faults.clock_skew_seconds = ahead
    result = check(slack)
    assert result.code == FINE
    assert re.fullmatch(r"ok clock: (2[5-9]|3[0-5]) seconds off Slack's", line(result, "clock"))


@pytest.mark.parametrize("ahead", [-400, 400])
def test_a_wrong_clock_is_1_either_way(slack: SlackSimulator, ahead: int) -> None:
    slack.faults.clock_skew_seconds = ahead
    result = check(slack)
    assert result.code == MISSING
    assert re.match(r"WRONG clock: (39\d|40\d) seconds off Slack's", line(result, "clock"))
    assert "시계: Slack과" in " ".join(lines(check(slack, "--lang", "ko")))


# Slack out of reach.


def test_slack_down_is_3_and_says_what_to_look_at(slack: SlackSimulator) -> None:
    slack.down()
    result = check_as_process(slack, allowed_channels="C0GENERAL", admins="U0ALICE")
    assert (result.code, result.err) == (UNREACHABLE, "")
    assert "Slack could not be reached." in result.out
    assert lines(result) == [
        "UNKNOWN bot token: Slack gave no usable answer; check the network, a proxy, SLACK_API_URL, "
        "and https://slack-status.com",
        "UNKNOWN app-level token: Slack gave no usable answer",
    ]


def test_slack_down_is_3_in_http_mode_too(slack: SlackSimulator) -> None:
    slack.down()
    assert check(slack, app_token=None, signing_secret="s3cr3t").code == UNREACHABLE


def test_an_error_under_a_status_of_an_outage_refuses_no_token(slack: SlackSimulator) -> None:
    slack.faults.refuse("*", "invalid_auth", status=503)
    assert check(slack).code == UNREACHABLE


def test_slack_out_of_order_is_3_and_nothing_it_said_is_shown(slack: SlackSimulator) -> None:
    slack.down("503")
    result = check_as_process(slack)
    assert result.code == UNREACHABLE
    assert "down for a while" not in result.out


def test_answers_lost_on_the_way_are_3(slack: SlackSimulator) -> None:
    slack.faults.fail_after("*", "500", times=None)
    assert check(slack).code == UNREACHABLE


def test_one_answer_lost_is_asked_for_again(slack: SlackSimulator) -> None:
    slack.faults.fail_after("auth.test", "500", times=1)
    assert check(slack).code == FINE


@pytest.mark.parametrize("error", ["internal_error", "service_unavailable"])
def test_an_error_of_slacks_own_refuses_no_token(slack: SlackSimulator, error: str) -> None:
    slack.faults.refuse("*", error)
    assert check(slack).code == UNREACHABLE


def test_half_an_answer_is_1_and_says_which_half(slack: SlackSimulator) -> None:
    slack.faults.refuse("conversations.info", "internal_error")
    result = check(slack, allowed_channels="C0GENERAL")
    assert result.code == MISSING
    assert line(result, "C0GENERAL") == "UNKNOWN channel C0GENERAL: Slack gave no usable answer"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api/", "https://a b/", "http://:x/"])
def test_an_address_where_no_slack_is_is_3(slack: SlackSimulator, url: str) -> None:
    assert run(url, bot_token=slack.bot_token, app_token=slack.app_token).code == UNREACHABLE


# Answers the simulator does not give.


@contextmanager
def answering(answers: Mapping[str, Any], headers: Mapping[str, str]) -> Iterator[str]:
    """Serve an answer for each Web API method, bytes as they are; no Date that is not among the headers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = answers.get(self.path.rpartition("/")[2], answers.get("*"))
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response_only(200)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("answer", [b"<html>log in to the proxy</html>", b"[1]", b"", b"\xff\xfe"])
def test_what_is_no_answer_of_slack_is_3(answer: bytes) -> None:
    with answering({"*": answer}, {}) as url:
        result = run(url, bot_token="xoxb-s3cr3t", app_token="xapp-s3cr3t")
    assert (result.code, result.err) == (UNREACHABLE, "")
    assert "proxy</html>" not in result.out


def test_a_deactivated_admin_is_1() -> None:
    identity = {"ok": True, "team": "Acme", "team_id": "T0", "user_id": "U0BOT", "bot_id": "B0"}
    alice = {"ok": True, "user": {"id": "U0ALICE", "name": "alice", "deleted": True}}
    answers = {"auth.test": identity, "users.info": alice, "*": {"ok": True, "url": "wss://x"}}
    with answering(answers, {"x-oauth-scopes": ",".join(REQUIRED)}) as url:
        result = run(url, bot_token="xoxb-s3cr3t", app_token="xapp-s3cr3t", admins="U0ALICE")
    assert result.code == MISSING
    assert line(result, "U0ALICE").startswith("WRONG admin alice (U0ALICE) is deactivated in Slack")


def test_scopes_and_time_that_slack_does_not_tell_are_unknown_never_fine() -> None:
    with answering({"*": {"ok": True, "team": "Acme", "user_id": "U0BOT"}}, {}) as url:
        result = run(url, bot_token="xoxb-s3cr3t", app_token="xapp-s3cr3t")
    assert result.code == MISSING
    assert lines(result)[2:] == [
        "UNKNOWN scopes: Slack does not say which are granted",
        "UNKNOWN clock: Slack's answer carries no time",
    ]


# The database.


@pytest.mark.parametrize(
    ("url", "code", "said"),
    [
        ("sqlite:///new.db", FINE, "ok new.db is not there yet: the bot will make it"),
        ("sqlite:///no/such/new.db", MISSING, "WRONG the folder no/such does not exist"),
        ("sqlite:///text.db", UNREACHABLE, "WRONG text.db could not be used"),
        ("postgresql://unshim:s3cr3t@127.0.0.1:1/unshim", UNREACHABLE, "WRONG 127.0.0.1/unshim could not be used"),
    ],
)
def test_a_database_that_cannot_be_used_decides_how_it_ends(
    slack: SlackSimulator, url: str, code: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "text.db").write_bytes(b"not a database " * 99)
    result = check(slack, database_url=url)
    assert (result.code, result.err) == (code, "")
    assert said in re.sub(" +", " ", result.out)
    assert not (tmp_path / "new.db").exists()
