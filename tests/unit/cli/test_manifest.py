"""``unshim manifest`` as it is called: names, modes, wrong addresses; without tokens, cluster or network."""

import socket
from typing import Any

import pytest
import yaml

from tests.unit.cli.program import Result, run


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be connected to."""

    def refuse(*arguments: Any, **options: Any) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def manifest(*argv: str) -> Any:
    result = run("manifest", *argv)
    assert (result.code, result.err) == (0, "")
    return yaml.safe_load(result.out)


def address(*argv: str) -> str:
    return str(manifest(*argv)["settings"]["event_subscriptions"]["request_url"])


def is_usage_error(result: Result) -> bool:
    return result.code == 2 and result.out == "" and result.err.startswith("unshim: ") and result.err.count("\n") == 1


def test_it_prints_the_app_for_socket_mode() -> None:
    shown = manifest()
    assert shown["display_information"]["name"] == "Unshim"
    assert shown["features"]["slash_commands"][0]["command"] == "/runtime"
    assert shown["settings"]["socket_mode_enabled"] is True


@pytest.mark.parametrize(
    ("option", "scopes"), [("--history", {"channels:history", "groups:history"}), ("--files", {"files:read"})]
)
def test_it_asks_to_read_channels_and_files_only_when_told_to(option: str, scopes: set[str]) -> None:
    asked = [set(manifest(*options)["oauth_config"]["scopes"]["bot"]) for options in ((), (option,))]
    assert asked[1] - asked[0] == scopes
    assert scopes <= set(manifest(option)["oauth_config"]["scopes"]["bot_optional"])


def test_it_prints_the_same_every_time() -> None:
    assert run("manifest").out == run("manifest").out


def test_the_command_is_the_one_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSHIM_COMMAND", "/runtime-eu")
    assert manifest()["features"]["slash_commands"][0]["command"] == "/runtime-eu"


def test_a_command_slack_does_not_take_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSHIM_COMMAND", "runtime: x")
    result = run("manifest")
    assert is_usage_error(result)
    assert "UNSHIM_COMMAND" in result.err


def test_the_name_is_that_of_the_app_and_its_bot() -> None:
    shown = manifest("--name", ' Unshim: "EU" # 1 ')
    assert shown["display_information"]["name"] == 'Unshim: "EU" # 1'
    assert shown["features"]["bot_user"]["display_name"] == "unshim-eu-1"


@pytest.mark.parametrize(
    "name",
    ["", "   ", "x" * 36, "two\nlines", "\x1b[31mred", "turned\u202eround", "half of a \udcff", "nothing\u200b"],
)
def test_a_name_slack_or_a_reader_cannot_take_is_wrong_usage(name: str) -> None:
    result = run("manifest", "--name", name)
    assert is_usage_error(result)
    assert "--name" in result.err


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://unshim.example.com", "https://unshim.example.com/slack/events"),
        ("https://unshim.example.com/", "https://unshim.example.com/slack/events"),
        ("HTTPS://Unshim.Example.com:8443", "https://unshim.example.com:8443/slack/events"),
        ("https://192.0.2.1", "https://192.0.2.1/slack/events"),
    ],
)
def test_an_address_makes_it_http_mode(url: str, expected: str) -> None:
    assert address("--url", url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "unshim.example.com",
        "http://unshim.example.com",
        "https://",
        "https://unshim.example.com/slack/events",
        "https://unshim.example.com?x=1",
        "https://unshim.example.com#x",
        "https://user:secret@unshim.example.com",
        "https://unshim.example.com:0",
        "https://unshim.example.com:65536",
        "https://unshim.example.com:http",
        "https://unshim.example.com\n",
        'https://unshim.example.com"\nevil: true',
        " https://unshim.example.com",
        "https://unshim example.com",
        "https://언심.example.com",
        "https://-unshim.example.com",
        f"https://{'x' * 254}",
    ],
)
def test_an_address_slack_cannot_post_to_is_wrong_usage(url: str) -> None:
    result = run("manifest", "--url", url)
    assert is_usage_error(result)
    assert "https://unshim.example.com" in result.err
    assert "secret" not in result.err


def test_it_is_korean_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    korean = run("manifest", "--lang", "ko").out
    assert "# 슬래시 명령을 제공합니다. 없으면: 슬래시 명령을 쓸 수 없습니다." in korean
    monkeypatch.setenv("UNSHIM_LANGUAGE", "ko")
    assert run("manifest").out == korean


@pytest.mark.parametrize("option", ["--demo", "--kubeconfig=x", "words"])
def test_it_takes_no_cluster(option: str) -> None:
    result = run("manifest", option)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("usage: unshim")


def test_its_help_names_its_options() -> None:
    result = run("manifest", "--help")
    assert result.code == 0
    assert all(word in result.out for word in ("--name", "--url", "--history", "--files", "--lang"))
    assert "--kubeconfig" not in result.out
