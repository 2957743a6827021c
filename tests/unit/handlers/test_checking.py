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
    ],
)
def test_other_shapes_hold_nothing(message: dict[str, Any]) -> None:
    assert from_check(body(**message)).pasted == Pasted((), ())


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["files", "attachments", "id", "name", "text"]), inner)
        ),
    )
)
def test_no_message_breaks_it(message: Any) -> None:
    assert from_check({**body(), "message": message}).surface is Surface.CHECK
