"""Kubernetes' $(VAR): as the kubelet replaces them, judged against a reader that goes sign by sign."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.variables import ADDED_CHARS, EXPANDED_CHARS, Expanded, expand, expand_all, resolve

VALUES = {"A": "1", "EMPTY": "", "SELF": "$(A)", "SECRET": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("x", Expanded("x"), id="nothing"),
        pytest.param("tcp://$(A):2375", Expanded("tcp://1:2375", known=("A",)), id="inside"),
        pytest.param("$(A)$(A)", Expanded("11", known=("A",)), id="twice"),
        pytest.param("$(EMPTY)", Expanded("", known=("EMPTY",)), id="empty"),
        pytest.param("$$(A)", Expanded("$(A)"), id="escaped"),
        pytest.param("$$$(A)", Expanded("$1", known=("A",)), id="escaped-sign-and-reference"),
        pytest.param("$$$$(A)", Expanded("$$(A)"), id="two-escaped-signs"),
        pytest.param("a$$b", Expanded("a$b"), id="two-signs-are-one-everywhere"),
        pytest.param("$(SELF)", Expanded("$(A)", known=("SELF",)), id="values-are-not-looked-at-again"),
        pytest.param("$(SECRET)-$(SECRET)", Expanded("$(SECRET)-$(SECRET)", unknown=("SECRET",)), id="unknown"),
        pytest.param("$(NOBODY)", Expanded("$(NOBODY)", undefined=("NOBODY",)), id="undefined"),
        pytest.param("$()", Expanded("$()", undefined=("",)), id="no-name"),
        pytest.param("$(A", Expanded("$(A"), id="not-closed"),
        pytest.param("$(A $(A)", Expanded("$(A $(A)", undefined=("A $(A",)), id="the-first-bracket-closes"),
        pytest.param("$A ${A} $", Expanded("$A ${A} $"), id="what-only-a-shell-replaces"),
    ],
)
def test_references(text: str, expected: Expanded) -> None:
    assert expand(text, VALUES) == expected


def by_hand(text: str) -> str:
    """Go sign by sign, as the description of the kubelet has it."""
    done = ""
    while text:
        if text.startswith("$$"):
            done, text = done + "$", text[2:]
        elif text.startswith("$(") and ")" in text:
            name, _, text = text[2:].partition(")")
            value = VALUES.get(name)
            done += f"$({name})" if value is None else value
        else:
            done, text = done + text[0], text[1:]
    return done


@given(st.lists(st.sampled_from(["$", "(", ")", "A", "SECRET", "EMPTY", "$(A)", "$$", " "]), max_size=30).map("".join))
def test_every_text_is_replaced_as_by_hand(text: str) -> None:
    assert expand(text, VALUES).text == by_hand(text)


@given(st.text(max_size=100), st.dictionaries(st.text(max_size=5), st.none() | st.text(max_size=5)))
def test_no_text_raises(text: str, values: dict[str, str | None]) -> None:
    expand(text, values)


def test_values_that_name_each_other_do_not_grow_without_end() -> None:
    value = "x" * 10
    for _ in range(60):
        expanded = expand("$(V)$(V)", {"V": value})
        value = expanded.text
    assert len(value) == EXPANDED_CHARS
    assert expanded.is_cut
    assert expand("$(" * 50_000, {}).text == "$(" * 50_000


def test_all_words_and_all_variables_of_a_container_grow_by_no_more_than_so_much() -> None:
    most = ADDED_CHARS + EXPANDED_CHARS
    words = expand_all(["a", *["$(V)"] * 50_000, "$$"], {"V": "x" * 50_000})
    assert sum(map(len, words)) <= most + 50_000 * len("$(V)")
    assert words[:2] == ["a", "x" * 50_000]
    assert words[-1] == "$$"  # as it was written
    values, _ = resolve([("V0", "y" * 100), *((f"V{n}", f"$(V{n - 1})z") for n in range(1, 20_000))])
    assert sum(len(value or "") for value in values.values()) <= most + 20_000 * 10
    assert values["V2"] == "y" * 100 + "zz"


def test_variables_are_resolved_in_their_order() -> None:
    written = [("A", "1"), ("B", "$(A)$(C)"), ("C", "$(S)"), ("S", None), ("A", "2"), ("D", "$(A)$(S)")]
    values, put_in = resolve([*written, ("E", "$(C)$(D)")])
    assert values == {"A": "2", "B": "1$(C)", "C": "$(S)", "S": None, "D": "2$(S)", "E": "$(S)2$(S)"}
    assert {name: {*names} for name, names in put_in.items() if names} == {"D": {"S"}, "E": {"S"}}


def test_what_is_put_in_does_not_grow_without_end() -> None:
    secrets = [(f"S{n}", None) for n in range(5_000)]
    chain = [("V0", "$(S0)"), *((f"V{n}", f"$(V{n - 1})$(S{n})") for n in range(1, 5_000))]
    _, put_in = resolve([*secrets, *chain])
    assert sum(map(len, put_in.values())) <= ADDED_CHARS
