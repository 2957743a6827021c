"""The Slack app manifest is YAML within Slack's limits, says why it asks for each scope, and bears any name."""

import importlib
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.adapters.knowledge import LANGUAGES, load_catalogue, load_slack_app
from bot.core.buttons import CHECK, PROMPTS, SHORTCUT
from bot.render.app_manifest import Options, compose
from bot.settings import Settings

APP = load_slack_app()
COMMAND = str(Settings.model_fields["command"].default)
SOCKET = Options(COMMAND)
HISTORY = Options(COMMAND, has_history=True)
FILES = Options(COMMAND, has_files=True)
ALL = Options(COMMAND, has_history=True, has_files=True)
HTTP = Options(COMMAND, url="https://unshim.example.com")

#: Names a file with slackapi/manifest-schema's schemas/manifest.schema.2.0.0.json, which is not shipped here.
SCHEMA = os.environ.get("UNSHIM_MANIFEST_SCHEMA")


def text(options: Options = SOCKET, language: str = "en") -> str:
    return compose(APP, options, load_catalogue(language))


def unwrapped(options: Options, language: str) -> str:
    return re.sub(r"\n *# ", " ", text(options, language))


def parsed(options: Options = SOCKET, language: str = "en") -> Any:
    return yaml.safe_load(text(options, language))


#: The manifest without what a name decides.
NAMELESS = parsed()
del NAMELESS["display_information"]["name"], NAMELESS["features"]["bot_user"]["display_name"]


def scope_comments(language: str) -> dict[str, str]:
    """Return the comment above each scope."""
    comments: dict[str, str] = {}
    pending: list[str] = []
    for line in text(ALL, language).partition("bot:\n")[2].partition("bot_optional:")[0].splitlines():
        if line.strip().startswith("#"):
            pending.append(line.strip().removeprefix("# "))
        else:
            comments[line.strip(' -"')] = " ".join(pending)
            pending = []
    return comments


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_scope_stands_below_its_reason_and_its_loss(language: str) -> None:
    comments = scope_comments(language)
    for scope in APP.scopes:
        assert comments[scope.name].startswith(f"{scope.reason(language)}. ")
        assert comments[scope.name].endswith(f": {scope.loss(language)}.")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("options", [SOCKET, HTTP], ids=["socket", "http"])
def test_the_scopes_and_events_are_those_of_the_app_in_their_order(options: Options, language: str) -> None:
    manifest = parsed(options, language)
    assert manifest["oauth_config"]["scopes"]["bot"] == [
        scope.name for scope in APP.asked(has_history=False, has_files=False)
    ]
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == list(APP.events)


@pytest.mark.parametrize("options", [SOCKET, HISTORY, FILES, ALL], ids=["default", "history", "files", "all"])
def test_an_optional_scope_stands_in_both_lists(options: Options) -> None:
    scopes = parsed(options)["oauth_config"]["scopes"]
    asked = APP.asked(has_history=options.has_history, has_files=options.has_files)
    assert scopes["bot_optional"] == [scope.name for scope in asked if scope.is_optional]
    assert set(scopes["bot_optional"]) < set(scopes["bot"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_reading_channels_is_offered_and_not_asked_for(language: str) -> None:
    names = [scope.name for scope in APP.history]
    for options in (SOCKET, HTTP):
        shown = text(options, language)
        assert all(f'- "{name}"' not in shown for name in names)
        assert all(name in shown for name in (*names, "unshim manifest --history"))
    assert "--history" not in text(HISTORY, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_reading_files_is_offered_and_not_asked_for(language: str) -> None:
    for options in (SOCKET, HTTP, HISTORY):
        assert '- "files:read"' not in text(options, language)
        assert all(name in unwrapped(options, language) for name in ("files:read", "unshim manifest --files"))
    assert '- "files:read"' in text(FILES, language)
    assert "--files" not in text(FILES, language)
    assert "unshim manifest --history" in unwrapped(FILES, language)


def test_socket_mode_names_no_address_and_its_token() -> None:
    settings = parsed()["settings"]
    assert settings["socket_mode_enabled"] is True
    assert settings["interactivity"] == {"is_enabled": True}
    assert "https://unshim" not in text()
    assert "app-level token with the scope connections:write" in text()


def test_http_mode_names_the_address_three_times() -> None:
    manifest = parsed(HTTP)
    address = "https://unshim.example.com/slack/events"
    assert manifest["settings"]["socket_mode_enabled"] is False
    assert manifest["settings"]["interactivity"] == {
        "is_enabled": True,
        "request_url": address,
        "message_menu_options_url": address,
    }
    assert manifest["settings"]["event_subscriptions"]["request_url"] == address
    assert manifest["features"]["slash_commands"][0]["url"] == address
    assert "SLACK_SIGNING_SECRET" in text(HTTP)
    assert "connections:write" not in text(HTTP)


def test_people_can_write_to_the_bot_and_look_at_its_home() -> None:
    assert parsed()["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


def test_the_menu_of_a_message_and_the_surface_for_agents_are_within_slacks_limits() -> None:
    for language in LANGUAGES:
        features = parsed(language=language)["features"]
        assert [shortcut["callback_id"] for shortcut in features["shortcuts"]] == [SHORTCUT, CHECK]
        for shortcut in features["shortcuts"]:
            assert shortcut["type"] == "message"
            assert 1 <= len(shortcut["name"]) <= 24
            assert 1 <= len(shortcut["description"]) <= 150
        agent = features["agent_view"]
        assert 1 <= len(agent["agent_description"]) <= 300
        assert 1 <= len(agent["suggested_prompts"]) <= 4


def test_tokens_do_not_expire() -> None:
    assert parsed()["settings"]["token_rotation_enabled"] is False


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("options", [SOCKET, HTTP], ids=["socket", "http"])
def test_every_text_is_within_slacks_limits(options: Options, language: str) -> None:
    manifest = parsed(options, language)
    shown, command = manifest["display_information"], manifest["features"]["slash_commands"][0]
    assert 1 <= len(shown["name"]) <= 35
    assert 1 <= len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert 2 <= len(command["command"]) <= 32
    assert 1 <= len(command["description"]) <= 2000
    assert 1 <= len(command["usage_hint"]) <= 1000
    assert all(len(scope) <= 50 for scope in manifest["oauth_config"]["scopes"]["bot"])


def test_korean_changes_words_and_nothing_else() -> None:
    english, korean = parsed(), parsed(language="ko")
    for manifest in (english, korean):
        del manifest["display_information"]["description"], manifest["display_information"]["long_description"]
        for name in ("description", "usage_hint"):
            del manifest["features"]["slash_commands"][0][name]
        for name in ("name", "description"):
            for shortcut in manifest["features"]["shortcuts"]:
                del shortcut[name]
        prompts = manifest["features"].pop("agent_view")["suggested_prompts"]
        assert len(prompts) == PROMPTS
    assert english == korean


def test_no_comment_is_wider_than_a_screen() -> None:
    lines = [line for options in (SOCKET, HTTP) for line in text(options).splitlines() if line.lstrip()[:1] == "#"]
    assert len(lines) > 20
    assert max(len(line) for line in lines) <= 112


@example("\x7f\x85\xa0\u2028\u2029\ufeff\ufffe\uffff")
@example('"\\\n: #- {x}\t😀')
@settings(max_examples=50)  # yaml takes its time over each
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_name_comes_back_as_it_was_and_changes_nothing_else(name: str) -> None:
    manifest = parsed(Options(COMMAND, name=name))
    assert manifest["display_information"].pop("name") == name
    assert re.fullmatch(r"[a-z0-9._-]{1,80}", manifest["features"]["bot_user"].pop("display_name"))
    assert manifest == NAMELESS


@pytest.mark.parametrize(
    ("name", "bot_name"),
    [
        ("Unshim", "unshim"),
        ("Unshim (staging)", "unshim-staging"),
        ("런타임 확인", "unshim"),
        ("런타임 2", "2"),
        ("Prod: EU_1.west", "prod-eu_1.west"),
        ("!" * 200, "unshim"),
        ("x" * 200, "x" * 80),
    ],
)
def test_the_bot_is_called_as_slack_allows(name: str, bot_name: str) -> None:
    assert parsed(Options(COMMAND, name=name))["features"]["bot_user"]["display_name"] == bot_name


@pytest.mark.skipif(SCHEMA is None, reason="UNSHIM_MANIFEST_SCHEMA names no schema of Slack's to validate with")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("options", [SOCKET, HTTP], ids=["socket", "http"])
def test_slacks_own_schema_finds_nothing_wrong(options: Options, language: str) -> None:
    pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    validator = importlib.import_module("jsonschema").Draft7Validator(json.loads(Path(SCHEMA or "").read_bytes()))
    manifest = parsed(options, language)
    assert [error.message for error in validator.iter_errors(manifest)] == []
    manifest["settings"]["socket_mode_enable"] = True
    assert len(list(validator.iter_errors(manifest))) == 1
