"""What a button carries comes back as it was, and nothing else is taken for a question."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.buttons import VALUE_CHARS, VERSION, Asked, decode, encode

ASKED = st.builds(
    Asked,
    words=st.text(max_size=300),
    language=st.sampled_from(["en", "ko"]),
    page=st.integers(min_value=0, max_value=9_999),
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text() | st.sampled_from(["v", "q", "l", "p"]), children),
    max_leaves=10,
)


@given(ASKED)
def test_a_question_comes_back_as_it_was(asked: Asked) -> None:
    value = encode(asked)
    if value is not None:
        assert decode(value) == asked


def test_korean_words_take_one_character_each() -> None:
    value = encode(Asked("상태 " * 400, "ko"))
    assert value is not None
    assert decode(value) == Asked("상태 " * 400, "ko")


@given(ASKED)
def test_a_value_is_never_longer_than_slack_takes(asked: Asked) -> None:
    assert len(encode(asked) or "") <= VALUE_CHARS


@pytest.mark.parametrize("extra", [0, 1])
def test_a_value_that_would_be_too_long_is_none(extra: int) -> None:
    frame = len(encode(Asked("", "en")) or "")
    value = encode(Asked("x" * (VALUE_CHARS - frame + extra), "en"))
    assert (value is None) == bool(extra)


def of(**changes: Any) -> str:
    """Return a value of this version with something changed."""
    return json.dumps({"v": VERSION, "q": "status", "l": "en", "p": 0, **changes})


def test_the_values_below_are_wrong_only_where_they_say() -> None:
    assert decode(of()) == Asked("status", "en")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="nothing"),
        pytest.param("2", id="a-number"),
        pytest.param("null", id="null"),
        pytest.param('"status"', id="a-string"),
        pytest.param("[1]", id="a-list"),
        pytest.param("{}", id="no-version"),
        pytest.param("{not json", id="not-json"),
        pytest.param("{" * 1_900, id="open-braces"),
        pytest.param("[" * 1_900, id="open-brackets"),
        pytest.param("1" * 1_900, id="a-huge-number"),
        pytest.param("1" * 5_000, id="a-number-python-does-not-read"),
        pytest.param(of(v=VERSION + 1), id="a-later-version"),
        pytest.param(of(v=0), id="an-earlier-version"),
        pytest.param(of(v=str(VERSION)), id="a-version-in-words"),
        pytest.param(of(v=True), id="a-version-that-is-true"),
        pytest.param(of(v=None), id="no-version-number"),
        pytest.param(of(v=[VERSION]), id="a-list-as-version"),
        pytest.param(of(q=None), id="no-words"),
        pytest.param(of(q=["status"]), id="words-in-a-list"),
        pytest.param(of(l="de"), id="another-language"),
        pytest.param(of(l=["en"]), id="a-list-of-languages"),
        pytest.param(of(l={}), id="a-table-as-language"),
        pytest.param(of(p=-1), id="a-page-before-the-first"),
        pytest.param(of(p=10_000), id="a-page-beyond-reason"),
        pytest.param(of(p=10**400), id="a-huge-page"),
        pytest.param(of(p=1.0), id="half-a-number"),
        pytest.param(of(p=True), id="a-page-that-is-true"),
        pytest.param(of(p=float("nan")), id="not-a-number"),
        pytest.param(of(p=float("inf")), id="no-last-page"),
        pytest.param(of(p="0"), id="a-page-in-words"),
        pytest.param(json.dumps({"v": VERSION, "q": "status"}), id="half-of-it"),
    ],
)
def test_anything_else_is_no_question(value: str) -> None:
    assert decode(value) is None


@given(st.text() | JSON.map(json.dumps))
def test_no_value_raises(value: str) -> None:
    decode(value)


@given(JSON, JSON, JSON)
def test_what_is_decoded_has_the_types_it_says(words: Any, language: Any, page: Any) -> None:
    asked = decode(json.dumps({"v": VERSION, "q": words, "l": language, "p": page}))
    if asked is not None:
        assert isinstance(asked.words, str)
        assert asked.language in ("en", "ko")
        assert type(asked.page) is int
