"""What somebody pasted into a Slack message is judged as it was before Slack and the keyboard changed it."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.pasting import fenced, pasted_texts

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web"


def escaped(text: str) -> str:
    """Return a text as Slack delivers what somebody typed."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize(
    ("message", "texts"),
    [
        pytest.param(f"```{POD}```", (POD,), id="block"),
        pytest.param(f"look\n```\n{POD}\n```\nand ```{POD}```", (POD + "\n", POD), id="two-blocks"),
        pytest.param(f"```yaml\n{POD}```", (POD,), id="language"),
        pytest.param(f"```YML \n{POD}```", (POD,), id="language-yml"),
        pytest.param(
            '```json\n{"kind": "Pod", "apiVersion": "v1"}```', ('{"kind": "Pod", "apiVersion": "v1"}',), id="json"
        ),
        pytest.param(f"```{POD}", (POD,), id="fence-left-open"),
        pytest.param(f"```Traceback: no```\n```{POD}```", (POD,), id="a-log-beside"),
        pytest.param(f"hey, can you look at this: it fails\n{POD}", (POD,), id="sentence-before"),
        pytest.param(f"{POD}\n---\n{POD}", (f"{POD}\n---\n{POD}",), id="documents"),
        pytest.param('see {"kind": "Pod"}', (), id="json-inside-a-sentence"),
        pytest.param('see\n{"kind": "Pod"}', ('{"kind": "Pod"}',), id="json-below-a-sentence"),
        pytest.param("what kind of pod is this?", (), id="a-question"),
        pytest.param("", (), id="nothing"),
        pytest.param("```a: 1```", (), id="another-yaml"),
        # Code blocks say what is meant: what stands beside them is talk.
        pytest.param(f"{POD}\n```a: 1```", (), id="a-block-without"),
    ],
)
def test_manifests_are_found_in_a_message(message: str, texts: tuple[str, ...]) -> None:
    assert pasted_texts(message) == texts


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("<http://quay.io/a:1|quay.io/a:1>", "quay.io/a:1"),
        ("<https://example.com/a?b&amp;c>", "https://example.com/a?b&c"),
        ("<mailto:a@example.com|a@example.com>", "a@example.com"),
        ("a &amp;&amp; b &lt; c &gt; d", "a && b < c > d"),
        ("&amp;lt;", "&lt;"),
        ("&lt;http://x|y&gt;", "<http://x|y>"),
        ("<!here> <#C01|ops> <@U01>", "@here #ops @U01"),
        ("“/var/run/docker.sock”", '"/var/run/docker.sock"'),
        ("‘yes’", "'yes'"),
        ("[“sh”, “-c”]", '["sh", "-c"]'),
        ("“a”  # note", '"a"  # note'),
        # What is text stays text.
        ("he said “hi” to me", "he said “hi” to me"),
        ("“Hi” he said", "“Hi” he said"),
        ('"say “hi”, you"', '"say “hi”, you"'),
        ("don’t", "don’t"),
    ],
)
def test_a_value_means_what_was_typed(typed: str, meant: str) -> None:
    assert pasted_texts(f"```{POD}\nvalue: {typed}```") == (f"{POD}\nvalue: {meant}",)


def test_indentation_and_markers_of_phones_are_those_of_yaml() -> None:
    nbsp = "\u00a0"
    message = f"{POD}\n—-\n{POD.replace('  name', f'{nbsp} name')}\n{nbsp}{nbsp}x: a{nbsp}b"
    assert pasted_texts(message) == (f"{POD}\n---\n{POD}\n  x: a{nbsp}b",)


@given(st.text(st.characters(codec="utf-8", exclude_characters="“”‘’\u00a0—–`"), max_size=200))
@example("<!channel>")
@example("&amp;<a|b>")
def test_whatever_is_typed_in_a_block_comes_back(value: str) -> None:
    text = f"kind: Pod\nnote: {value}"
    assert pasted_texts(f"before ```{escaped(text)}``` after") == (text,)


@given(st.text(st.sampled_from("`<>|!&;“”‘’—- \n\u00a0{[\"'kind:apVerso#@"), max_size=300))
def test_no_message_breaks_it_and_no_block_grows(message: str) -> None:
    for text in pasted_texts(message):
        assert len(text) <= len(message) + 2 * message.count("—")
        assert re.search("kind|apiVersion", text)


@pytest.mark.parametrize(
    "piece", ["<", "“", "‘x", "\u00a0", "`", "<a|", "kind", "kind ", " \u00a0", "[“", "—-\n", "&amp;"]
)
def test_a_long_message_takes_no_time(piece: str) -> None:
    pasted_texts("kind: x\n" + piece * 40_000)


def test_prose_below_a_manifest_breaks_nothing_and_moves_no_line() -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n- x\n"
    (text,) = pasted_texts(f"look:\n{pod}\nthanks a lot\n@here 고마워요\n---\n{pod}")
    assert text == f"{pod}\n# thanks a lot\n# @here 고마워요\n---\n{pod}"
    whole = '{"kind": "Pod", "apiVersion": "v1",\n"x": [\ntrue\n]}'
    assert pasted_texts(whole) == (whole,)
    assert pasted_texts(f"```{pod}thanks```") == (f"{pod}thanks",)  # who fences it means all of it


@given(st.text(alphabet="ab:&<>;\n gtlmp`“"))
def test_fenced_text_comes_back_as_it_is(text: str) -> None:
    text = f"kind: Pod\n{text}".replace("```", "").replace("“", "")
    assert pasted_texts(fenced(text.strip("`"))) == (text.strip("`"),)
