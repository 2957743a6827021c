"""The preview shows all that a message says and nothing it was not told to show, whatever names a cluster chooses."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.playground.preview import Home, Post, block, mrkdwn, page
from bot.playground.preview.page import style
from bot.render.document import visible
from tests import picture
from tests.unit.render.hostile import URLS, Names, names, texts, view_with
from tests.unit.render.slack_messages import message_of

ROOT = Path(__file__).parents[3]
GOLDEN = sorted((ROOT / "tests" / "unit" / "golden").glob("*.blocks.json"))
HALVES = ("positive_button", "negative_button")
PICTURE_BYTES = 180_000

ALLOWED = {
    "html": {"lang", "data-scheme"},
    "meta": {"charset", "name", "http-equiv", "content"},
    "main": {"style"},
    "article": {"class"},
    "div": {"class", "aria-hidden", "role"},
    "span": {"class"},
    "a": {"href", "rel", "target"},
    "button": {"type", "class", "data-action", "data-value", "data-url", "aria-label"},
    "td": {"class"},
    **{name: set() for name in ("head", "title", "style", "body", "b", "i", "s", "code", "pre", "blockquote", "time")},
    **{name: set() for name in ("hr", "table", "tr", "ul", "ol", "li")},
}
CLASSES = re.compile(r"[a-z_ -]+")
VOID = {"meta", "hr"}


class Read(HTMLParser):
    """What a browser makes of a page. Fails on a tag, an attribute or a comment that the preview has no use for."""

    def __init__(self, shown: str) -> None:
        super().__init__()
        self.text = ""
        self.urls: list[str] = []
        self.classes: list[str] = []
        self.tags: list[str] = []
        self._open: list[str] = []
        self.feed(shown)
        self.close()
        assert self._open == [], self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        held = dict(attrs)
        assert set(held) <= ALLOWED[tag], (tag, held)
        assert len(held) == len(attrs), attrs
        self.tags.append(tag)
        if "class" in held:
            assert CLASSES.fullmatch(held["class"] or ""), held
            self.classes += (held["class"] or "").split()
        if "href" in held:
            self.urls.append(held["href"] or "")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def shown(text: str, known: dict[str, str] | None = None) -> str:
    return mrkdwn(text, known or {})


# Formatting.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a *b* c", "a <b>b</b> c", id="bold"),
        pytest.param("_a_ ~b~", "<i>a</i> <s>b</s>", id="italic-and-struck-out"),
        pytest.param("*a _b_ c*", "<b>a <i>b</i> c</b>", id="italic-in-bold"),
        pytest.param("2*3*4", "2*3*4", id="no-emphasis-inside-a-word"),
        pytest.param("*노드*는", "*노드*는", id="no-emphasis-before-a-korean-particle"),
        pytest.param("* a *", "* a *", id="no-emphasis-around-spaces"),
        pytest.param("*a\nb*", "*a\nb*", id="no-emphasis-over-lines"),
        pytest.param("`*a* <b>`", "<code>*a* &lt;b&gt;</code>", id="nothing-is-parsed-in-code"),
        pytest.param("`&lt;!here&gt; &amp;amp;`", "<code>&lt;!here&gt; &amp;amp;</code>", id="entities-once"),
        pytest.param("```\na *b*\n```", "<pre>a *b*</pre>", id="code-block"),
        pytest.param("&gt; a\n&gt; b\nc", "<blockquote>a\nb</blockquote>c", id="quotation"),
        pytest.param("a &gt; b", "a &gt; b", id="no-quotation-inside-a-line"),
        pytest.param(":skull: 🐳", '<span class="emoji">:skull:</span> 🐳', id="emoji"),
        pytest.param("<script>", "&lt;script&gt;", id="unknown-token"),
        pytest.param("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;", id="script-address"),
        pytest.param("<!date^1^{date}|today>", "today", id="date"),
    ],
)
def test_mrkdwn_is_drawn(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_a_link_shows_its_text_and_leads_to_its_address() -> None:
    read = Read(shown('<https://x.example/?a=1&amp;b="|the *page*>'))
    assert (read.text, read.urls) == ("the *page*", ['https://x.example/?a=1&b="'])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<@U1>", "@Mina"),
        ("<@U2>", "@U2"),
        ("<@U2|jun>", "@jun"),
        ("<#C1|general>", "#general"),
        ("<!channel>", "@channel"),
        ("<!here|here>", "here"),
        ("<!subteam^S1|@sre>", "@sre"),
    ],
)
def test_a_mention_stands_out(text: str, expected: str) -> None:
    read = Read(shown(text, {"U1": "Mina"}))
    assert (read.text, read.classes) == (expected, ["mention"])


@pytest.mark.parametrize("url", ["javascript:alert(1)", " https://x.example", "data:text/html,x", "//x.example"])
def test_only_a_web_address_is_a_link(url: str) -> None:
    part = {"type": "rich_text_section", "elements": [{"type": "link", "url": url, "text": "here"}]}
    read = Read(block({"type": "rich_text", "elements": [part]}, {}))
    assert (read.text, read.urls) == ("here", [])


# Whatever text there is.


@given(texts)
def test_no_text_brings_markup_of_its_own(text: str) -> None:
    read = Read(shown(text))
    assert {url.split(":")[0].lower() for url in read.urls} <= {"http", "https", "mailto"}


@given(texts)
def test_plain_text_comes_out_as_it_is(text: str) -> None:
    drawn = block({"type": "header", "text": {"type": "plain_text", "text": text}}, {})
    assert Read(drawn).text == text


def every_block(text: str) -> Iterator[dict[str, Any]]:
    """Yield a block of each kind that holds the text wherever it may stand."""
    plain, parsed = {"type": "plain_text", "text": text}, {"type": "mrkdwn", "text": text}
    image = {"type": "image", "alt_text": text, "image_url": text}
    button = {"type": "button", "text": plain, "action_id": text, "value": text, "url": text, "style": text}
    button["accessibility_label"] = text
    style_of_all = {"bold": True, "italic": True, "strike": True, "code": True}
    inline = [
        {"type": "text", "text": text, "style": style_of_all},
        {"type": "link", "url": text, "text": text},
        {"type": "link", "url": f"https://{text}"},
        {"type": "user", "user_id": text},
        {"type": "channel", "channel_id": text},
        {"type": "broadcast", "range": text},
        {"type": "emoji", "name": text},
        {"type": "date", "fallback": text},
        {"type": text},
    ]
    kinds = ("rich_text_section", "rich_text_preformatted", "rich_text_quote")
    parts: list[dict[str, Any]] = [{"type": kind, "elements": inline} for kind in kinds]
    parts.append({"type": "rich_text_list", "style": text, "elements": [parts[0]]})
    rich = {"type": "rich_text", "elements": parts}
    yield from ({"type": "section", "text": held, "fields": [held, held]} for held in (plain, parsed))
    yield {"type": "section", "text": parsed, "accessory": button}
    yield {"type": "section", "text": parsed, "accessory": image}
    yield {"type": "context", "elements": [parsed, image]}
    yield {"type": "actions", "elements": [button, {"type": "static_select", "placeholder": plain}]}
    halves = {key: {"text": plain, "value": text, "accessibility_label": text} for key in HALVES}
    yield {"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": text, **halves}]}
    menu = {"type": "multi_external_select", "initial_options": [{"text": plain, "value": text}]}
    yield {"type": "section", "text": parsed, "accessory": menu}
    yield {"type": "markdown", "text": text}
    cells = [{"type": "raw_text", "text": text}, rich]
    yield {"type": "table", "rows": [cells], "column_settings": [{"align": text, "is_wrapped": True}, None]}
    yield from (image, rich, {"type": "divider"}, {"type": "header", "text": plain}, {"type": text})


@given(texts)
def test_no_field_of_any_block_brings_markup_of_its_own(text: str) -> None:
    for held in every_block(text):
        Read(block(held, {text: text}))


@given(texts)
def test_nothing_around_a_message_brings_markup_of_its_own(text: str) -> None:
    post = Post(author=text, text=text, time=text, badge=text, note=text)
    home = Home(list(every_block(text)))
    Read(page([post, home], title=text, language=text, names={text: text}))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(names, st.booleans(), st.sampled_from(["en", "ko"]))
def test_no_name_of_a_cluster_is_more_than_text_in_the_page(names: Names, is_partial: bool, language: str) -> None:
    view = view_with(names, is_partial=is_partial)
    words = [found.key.full_name for found in view.with_findings] + [f"node/{node.name}" for node in view.nodes]
    for asked in ("status", "pods", "nodes", "export", *(f"explain {word}" for word in words), names.workload):
        found = message_of(view, asked, language)
        for post in (Post("bot", blocks=found.blocks), Post("bot", text=found.text)):
            read = Read(page([post], title="t"))
            assert set(read.urls) <= URLS
            assert not {"mention", "emoji", "unknown"} & set(read.classes)
            assert not {"i", "s", "pre", "blockquote"} & set(read.tags)


def test_a_hostile_name_is_read_in_full() -> None:
    name = '<img src=x onerror=alert(1)>"&amp;<!channel>'
    found = message_of(view_with(Names(*[name] * 10), is_partial=False), "pods")
    assert visible(f"{name}/Deployment/{name}") in Read(page([Post("bot", blocks=found.blocks)], title="t")).text


# Whole messages.


def own_texts(value: Any) -> Iterator[str]:
    """Yield every text of blocks with its formatting taken out, as a reader finds it."""
    if isinstance(value, dict):
        text = value.get("text")
        if isinstance(text, str):
            yield Read(mrkdwn(text, {})).text if value["type"] == "mrkdwn" else text
        for key, item in value.items():
            if key != "placeholder" or not value.get("initial_options"):  # what is chosen stands in its place
                yield from own_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from own_texts(item)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name.removesuffix(".blocks.json"))
def test_a_message_is_shown_whole(path: Path) -> None:
    blocks = json.loads(path.read_text(encoding="utf-8"))["blocks"]
    read = Read(page([Post("bot", blocks=blocks)], title="t"))
    assert "unknown" not in read.classes
    for text in own_texts(blocks):
        assert text in read.text


def test_a_button_keeps_what_it_asks() -> None:
    found = message_of(view_with(Names(*["web"] * 10), is_partial=False), "pods")
    assert 'data-value="{&quot;v&quot;:1,&quot;q&quot;:&quot;status&quot;' in page(
        [Post("b", blocks=found.blocks)], title="t"
    )


def test_feedback_buttons_are_two_thumbs_with_their_labels() -> None:
    good, bad = ({"text": {"type": "plain_text", "text": text}, "value": text.lower()} for text in ("Good", "Bad"))
    bad["accessibility_label"] = "Bad answer"
    pair = {"type": "feedback_buttons", "action_id": "rate", "positive_button": good, "negative_button": bad}
    drawn = block({"type": "context_actions", "elements": [pair]}, {})
    read = Read(drawn)
    assert read.text == "👍Good👎Bad"
    assert read.classes == ["block", "context_actions", "thumb", "spoken", "thumb", "spoken"]
    assert [f'data-action="rate" data-value="{value}"' in drawn for value in ("good", "bad")] == [True, True]
    assert drawn.count("aria-label") == drawn.count('aria-label="Bad answer"') == 1


def test_a_menu_shows_what_is_chosen_in_it() -> None:
    menu: dict[str, Any] = {
        "type": "multi_external_select",
        "placeholder": {"type": "plain_text", "text": "Namespaces"},
    }
    held = {"type": "section", "text": {"type": "plain_text", "text": ""}, "accessory": menu}
    assert Read(block(held, {})).text == "Namespaces"
    menu["initial_options"] = [{"text": {"type": "plain_text", "text": text}, "value": "v"} for text in ("a", "b")]
    assert Read(block(held, {})).text == "a, b"


def test_a_home_is_blocks_that_nobody_wrote() -> None:
    read = Read(page([Home([{"type": "header", "text": {"type": "plain_text", "text": "Hello"}}])], title="t"))
    assert read.text.strip().splitlines()[-1] == "Hello"
    assert read.classes == ["home", "block", "header"]


def test_the_text_stands_where_there_are_no_blocks() -> None:
    assert "only *this*" not in page([Post("bot", text="only *this*")], title="t")
    assert "only this" in Read(page([Post("bot", text="only *this*")], title="t")).text


def test_a_page_loads_nothing_from_anywhere() -> None:
    drawn = page([Post("bot", blocks=list(every_block("https://x.example/y.png")))], title="t")
    assert "default-src 'none'" in drawn
    assert not re.search(r"\bsrc=|url\(|@import|<link|<script", drawn)
    assert "</" not in style()


@pytest.mark.parametrize("scheme", ["light", "dark", "auto"])
def test_a_page_has_the_scheme_and_width_it_was_given(scheme: Any) -> None:
    drawn = page([], title="t", scheme=scheme, width=390)
    assert f'data-scheme="{scheme}"' in drawn
    assert "max-width: 390px" in drawn
    assert f':root[data-scheme="{scheme}"]' in style()


# The picture of the README.


@pytest.mark.parametrize("name", [*picture.PICTURES, picture.CHART, picture.DIGEST[0]])
def test_a_picture_is_there_and_small_enough_for_a_page(name: str) -> None:
    held = (picture.FOLDER / name).read_bytes()
    assert held.startswith(b"\x89PNG")
    assert len(held) <= PICTURE_BYTES


def test_every_picture_that_the_readme_shows_is_one_that_is_made() -> None:
    linked = re.findall(r"\]\((deploy/slack/[^)\s]+\.png)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    made = {
        str((picture.FOLDER / name).relative_to(ROOT)) for name in (*picture.PICTURES, picture.CHART, picture.DIGEST[0])
    }
    assert set(linked) <= made
