"""The Slack app as data agrees with the code that calls Slack, with the listeners, and with the simulator's scopes."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from slack_sdk import WebClient

import bot
from bot.adapters.http import SLACK_PATH
from bot.adapters.knowledge import LANGUAGES, load_grammar, load_slack_app
from bot.core.questions import Help
from bot.core.slack_app import ADMIN_GROUPS, AGENT, FILES, HISTORY, Scope, app_token_problem, bot_token_problem
from bot.core.understand import understand
from bot.playground.slack.state import SCOPES
from bot.playground.slack.web_api import METHODS
from handlers import BOT_EVENTS

ADAPTERS = Path(bot.__file__).parent / "adapters"
APP = load_slack_app()

#: What the SDK makes of one call.
UPLOAD = {"files.getUploadURLExternal", "files.completeUploadExternal"}

#: The word each loss turns on, in English and Korean.
LOST = {
    "commands": ("slash command does not exist", "슬래시 명령을 쓸 수 없"),
    "chat:write": ("mentions and direct messages get no answer", "답하지 못"),
    "app_mentions:read": ("mentions are not heard", "멘션을 받지 못"),
    "im:history": ("direct messages to the bot are not heard", "다이렉트 메시지를 받지 못"),
    "im:write": ("cannot send its file", "파일을 보내지 못"),
    "files:write": ("export cannot send its file", "파일을 보내지 못"),
    "users:read": ("language", "언어를 알 수 없"),
    "channels:read": ("public channels get no Share button", "공개 채널에서는"),
    "groups:read": ("private channels get no Share button", "비공개 채널에서는"),
    "usergroups:read": ("admin", "관리자로 인정되지 않"),
    "assistant:write": ("no questions to begin with", "질문이 나오지 않"),
    "files:read": ("attached to a message are not judged", "첨부한 매니페스트는 검사하지 못"),
    "channels:history": ("public channel", "공개 채널의"),
    "groups:history": ("private channel", "비공개 채널의"),
}


def trees() -> Iterator[ast.Module]:
    for path in ADAPTERS.glob("*.py"):
        yield ast.parse(path.read_text(encoding="utf-8"))


def called() -> set[str]:
    """Return the Web API methods that the adapters call, as the SDK names them."""
    found: set[str] = set()
    for node in (node for tree in trees() for node in ast.walk(tree)):
        if isinstance(node, ast.Attribute) and re.search(r"(client|web|bare)$", ast.unparse(node.value)):
            is_call = callable(getattr(WebClient, node.attr, None)) and "_" in node.attr
            found |= {node.attr} if is_call and node.attr != "api_call" else set()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "_send":
            names = [argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant)]
            found |= {sdk_name(name) for name in names if "." in str(name)}
    # What posts or reads once sends its requests itself, and names the methods as Slack does.
    for name in ("slack_posts.py", "slack_files.py"):
        nodes = ast.walk(ast.parse((ADAPTERS / name).read_text(encoding="utf-8")))
        found |= {sdk_name(node.value) for node in nodes if isinstance(node, ast.Constant) and node.value in METHODS}
    return found


def sdk_name(method: object) -> str:
    return str(method).replace(".", "_")


def declared() -> set[str]:
    scopes = (*APP.scopes, APP.app_scope)
    return {method for scope in scopes for method in scope.methods} | set(APP.free_methods)


def test_every_method_the_adapters_call_has_its_scope_and_no_other_is_named() -> None:
    found = called()
    assert "files_upload_v2" in found
    assert (found - {"files_upload_v2"}) | {sdk_name(method) for method in UPLOAD} == {
        sdk_name(method) for method in declared()
    }


@pytest.mark.parametrize("method", sorted(declared()))
def test_a_method_opens_with_the_scope_that_names_it(method: str) -> None:
    known = METHODS[method]
    naming = {scope.name for scope in (*APP.scopes, APP.app_scope) if method in scope.methods}
    if method == APP.app_scope.methods[0]:
        assert (known.token, naming) == ("app", {APP.app_scope.name})
    elif known.scope is not None:
        assert naming == {known.scope}
    else:  # no scope at all, or one for each kind of conversation
        reading = {"channels:history", "groups:history", "im:history"}
        by_kind = {name: {"channels:read", "groups:read"} for name in ("conversations.info", "conversations.members")}
        by_kind |= dict.fromkeys(("conversations.history", "conversations.replies"), reading)
        assert naming == by_kind.get(method, set())


def test_the_simulated_app_is_installed_with_the_scopes_of_the_manifest() -> None:
    assert set(SCOPES) == {scope.name for scope in APP.asked(has_history=False, has_files=False)}


def test_the_app_hears_what_the_listeners_answer_and_each_event_has_its_scope() -> None:
    assert APP.events == BOT_EVENTS
    of_scopes = [event for scope in APP.scopes for event in scope.events]
    assert sorted([*of_scopes, *APP.free_events]) == sorted(APP.events)


def test_slack_posts_to_where_the_bot_listens() -> None:
    assert APP.path == SLACK_PATH


def test_every_scope_is_there_for_something() -> None:
    assert [scope.name for scope in APP.scopes if not scope.methods and not scope.events] == ["commands"]


@pytest.mark.parametrize("scope", [*APP.scopes, APP.app_scope], ids=lambda scope: scope.name)
def test_every_scope_gives_its_reason_its_loss_and_its_source(scope: Scope) -> None:
    for language in LANGUAGES:
        assert all(text.strip() and not text.endswith(".") for text in (scope.reason(language), scope.loss(language)))
    assert re.search("[가-힣]", scope.reason("ko"))
    assert re.search("[가-힣]", scope.loss("ko"))
    assert scope.source.startswith("https://docs.slack.dev/")
    assert date(2026, 1, 1) < scope.checked


@pytest.mark.parametrize("scope", APP.scopes, ids=lambda scope: scope.name)
def test_every_loss_names_what_is_lost(scope: Scope) -> None:
    for language, words in zip(("en", "ko"), LOST[scope.name], strict=True):
        assert words in scope.loss(language)


def test_no_scope_is_named_twice() -> None:
    names = [scope.name for scope in APP.scopes]
    assert len(names) == len(set(names))


def test_a_scope_is_optional_for_admin_groups_agents_finding_posts_again_and_files() -> None:
    optional = {scope.name: scope.only_for for scope in APP.scopes if scope.is_optional}
    on_demand = {"channels:history": HISTORY, "groups:history": HISTORY, "files:read": FILES}
    assert optional == {"usergroups:read": ADMIN_GROUPS, "assistant:write": AGENT, **on_demand}
    needed = {has: {scope.name for scope in APP.needed(has_admin_groups=has)} for has in (True, False)}
    assert {scope.name for scope in APP.scopes} - needed[True] == {"assistant:write", *on_demand}
    assert {scope.name for scope in APP.scopes} - needed[False] == set(optional)


def test_channels_and_files_are_read_only_by_who_asks_for_it() -> None:
    def left_out(*, has_history: bool, has_files: bool) -> set[str]:
        asked = APP.asked(has_history=has_history, has_files=has_files)
        return {scope.name for scope in APP.scopes} - {scope.name for scope in asked}

    history = {scope.name for scope in APP.history}
    assert history == {"channels:history", "groups:history"}
    assert left_out(has_history=True, has_files=False) == {"files:read"} == {APP.files.name}
    assert left_out(has_history=False, has_files=True) == history
    assert left_out(has_history=False, has_files=False) == history | {"files:read"}
    assert APP.asked(has_history=True, has_files=True) == APP.scopes


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_usage_hint_holds_only_words_that_are_understood(language: str) -> None:
    hint = APP.texts[language]["usage_hint"].partition("[")[2].partition("]")[0]
    words = [part.strip() for part in hint.split("|")]
    assert len(words) == 9
    grammar = load_grammar()
    assert [word for word in words if isinstance(understand(word, grammar), Help)] == ["help"]


@pytest.mark.parametrize(
    ("token", "bot", "app"),
    [
        pytest.param("xoxb-1-a", None, "bot", id="a-bot-token"),
        pytest.param("xapp-1-A0-b", "app", None, id="an-app-token"),
        pytest.param("xoxp-1-a", "user", "shape", id="a-persons-token"),
        pytest.param("xoxe.xoxb-1-a", "expiring", "shape", id="a-rotated-token"),
        pytest.param("xoxe-1-a", "expiring", "shape", id="a-refresh-token"),
        pytest.param("0123456789abcdef", "shape", "shape", id="a-signing-secret"),
        pytest.param("XOXB-1-A", "shape", "shape", id="upper-case"),
        pytest.param("xoxb-1-a\n", "broken", "broken", id="line-break"),
        pytest.param(' "xoxb-1-a"', "broken", "broken", id="quotes"),
        pytest.param("xoxb-…", "broken", "broken", id="ellipsis"),
        pytest.param("", "broken", "broken", id="empty"),
    ],
)
def test_what_is_plainly_no_token_is_told_from_one(token: str, bot: str | None, app: str | None) -> None:
    assert (bot_token_problem(token), app_token_problem(token)) == (bot, app)
