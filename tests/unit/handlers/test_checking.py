"""A message's payload becomes manifests to judge, whatever shape it has; what is shown stays within a message."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.pasting import Attached, Pasted
from handlers.asks import Surface
from handlers.checking import from_check

POD = "apiVersion: v1\nkind: Pod"


def body(**message: Any) -> dict[str, Any]:
    return {
        "type": "message_action",
        "trigger_id": "1.2",
        "user": {"id": "U0ALICE", "team_id": "T0TEAM"},
        "team": {"id": "T0TEAM"},
        "channel": {"id": "C0GENERAL"},
        "response_url": "https://hooks.slack.com/x",
        "message": {"ts": "1.0", "user": "U0MINJI", **message},
    }


def test_it_carries_texts_and_files_and_none_of_the_words() -> None:
    ask = from_check(body(text=f"please digest off\n```{POD}```", files=[{"id": "F1", "name": "a.yaml"}]))
    assert (ask.surface, ask.text, ask.asked, ask.trigger) == (Surface.CHECK, "", None, "")
    assert ask.pasted == Pasted((POD,), (Attached("F1", "a.yaml"),))
    assert ask.is_private
    assert not ask.is_posted
    assert (ask.user, ask.channel, ask.response_url) == ("U0ALICE", "C0GENERAL", "https://hooks.slack.com/x")


def test_files_of_a_message_passed_on_are_its_files_and_none_is_taken_twice() -> None:
    files = [{"id": "F1", "name": "a.yaml"}, {"id": "F2", "title": "b"}, {"id": "F3"}]
    ask = from_check(body(files=files, attachments=[{"text": POD, "files": files[:1]}, {"files": [{"id": "F4"}]}]))
    assert ask.pasted is not None
    assert [(file.id, file.name) for file in ask.pasted.files] == [
        ("F1", "a.yaml"),
        ("F2", "b"),
        ("F3", "F3"),
        ("F4", "F4"),
    ]
    assert ask.pasted.texts == (POD,)


def texts(**message: Any) -> tuple[str, ...]:
    pasted = from_check(body(**message)).pasted
    assert pasted is not None
    return pasted.texts


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def code(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": list(elements)}]}


def test_a_message_that_is_passed_on_with_words_is_looked_into() -> None:
    assert texts(text="can you check this?", attachments=[{"text": f"```{POD}```"}, {"fallback": POD}]) == (POD,)
    assert texts(text=f"```{POD}\n# mine```", attachments=[{"text": POD}]) == (f"{POD}\n# mine", POD)


def test_the_blocks_of_a_bot_are_looked_into_where_its_text_is_a_summary() -> None:
    assert texts(text="Deploy 17 waits", blocks=[section("Deploy 17"), section(f"```{POD}```")]) == (POD,)
    image = {"type": "link", "url": "http://a.example"}
    held = code({"type": "text", "text": f"{POD}\nx: a && b <c> &amp; "}, image, {"type": "emoji", "name": "x"})
    assert texts(text="", blocks=[held]) == (f"{POD}\nx: a && b <c> &amp; http://a.example",)
    assert texts(text=f"```{POD}```", blocks=[held]) == (POD,)
    assert texts(text="", attachments=[{"blocks": [section(f"```{POD}```")]}]) == (POD,)


def test_a_code_block_without_an_end_is_told() -> None:
    for text, expected in ((f"```{POD}", True), (f"```{POD}```", False), (f"```{POD}``` ```x", True), (POD, False)):
        pasted = from_check(body(text=text)).pasted
        assert pasted is not None
        assert pasted.is_cut is expected, text


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"files": None},
        {"files": "x"},
        {"files": [None, 1, "x", {}, {"id": None}, {"id": 7}, {"id": ""}]},
        {"attachments": {"files": []}},
        {"attachments": [None, {"files": {}}]},
        {"text": None},
        {"text": 3},
        {"blocks": 3},
        {
            "blocks": [
                None,
                {"type": "section"},
                {"type": "section", "text": {"text": 3}},
                {"elements": [{"elements": 3}]},
            ]
        },
        {"blocks": [{"elements": [{"type": "rich_text_preformatted", "elements": [{"text": 3}, None]}]}]},
    ],
)
def test_other_shapes_hold_nothing(message: dict[str, Any]) -> None:
    assert from_check(body(**message)).pasted == Pasted((), ())


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["files", "attachments", "blocks", "elements", "id", "name", "text"]), inner
            )
        ),
    )
)
def test_no_message_breaks_it(message: Any) -> None:
    assert from_check({**body(), "message": message}).surface is Surface.CHECK
