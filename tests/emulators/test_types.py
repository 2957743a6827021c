"""Every golden Block Kit message is what Slack's TypeScript types say a message is."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulators.typecheck import errors

GOLDEN = {
    path.name.removesuffix(".blocks.json"): path
    for path in sorted((Path(__file__).parents[1] / "unit" / "golden").glob("*.blocks.json"))
}

MRKDWN = {"type": "mrkdwn", "text": "x"}
PLAIN = {"type": "plain_text", "text": "x"}

#: Blocks that are wrong, and a word of what the compiler says of them.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a kind nobody knows": ({"type": "chart"}, "chart"),
    "mrkdwn in a header": ({"type": "header", "text": MRKDWN}, "mrkdwn"),
    "a key nobody knows": ({"type": "section", "text": {**MRKDWN, "emojis": True}}, "emojis"),
    "emoji in mrkdwn": ({"type": "section", "text": {**MRKDWN, "emoji": True}}, "emoji"),
    "a colour that is none": (
        {"type": "actions", "elements": [{"type": "button", "text": PLAIN, "action_id": "a", "style": "green"}]},
        "green",
    ),
    "an unstyled part": (
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": "bold"}]}],
        },
        "bold",
    ),
}


@pytest.fixture(scope="module")
def found(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return the errors of every golden message."""
    messages = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in GOLDEN.items()}
    return errors(messages, node_modules, tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("name", GOLDEN)
def test_a_golden_message_has_slacks_types(found: dict[str, list[str]], name: str) -> None:
    assert found[name] == []


def test_there_are_golden_messages() -> None:
    assert GOLDEN


@pytest.fixture(scope="module")
def found_wrong(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return the errors of messages that are wrong, each beside a good block, and of one that is right."""
    good = {"type": "section", "text": MRKDWN}
    messages = {name: {"text": "x", "blocks": [good, block]} for name, (block, _) in WRONG.items()}
    messages |= {"good": {"text": "x", "blocks": [good]}, "without text": {"blocks": [good]}}
    return errors(messages, node_modules, tmp_path_factory.mktemp("wrong"))


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_message_is_found(found_wrong: dict[str, list[str]], name: str) -> None:
    assert any(WRONG[name][1] in error for error in found_wrong[name]), found_wrong[name]


def test_a_message_without_text_is_found_and_a_good_one_is_not(found_wrong: dict[str, list[str]]) -> None:
    assert "text" in found_wrong["without text"][0]
    assert found_wrong["good"] == []
