"""The simulator's limits of blocks: each number at the limit and one above, each rule broken once."""

from typing import Any

import pytest

from bot.playground.slack import Message, live_tokens
from bot.playground.slack.limits import problems, view_problems, visible_chars


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(text: str = "Go", action_id: str = "go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def actions(*elements: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def accessory(element: dict[str, Any]) -> dict[str, Any]:
    return section(accessory=element)


def option(text: str = "o", value: str = "v", **more: Any) -> dict[str, Any]:
    return {"text": plain(text), "value": value, **more}


def overflow(*options: Any) -> dict[str, Any]:
    return accessory({"type": "overflow", "action_id": "more", "options": list(options)})


def select(*options: Any, **more: Any) -> dict[str, Any]:
    return accessory({"type": "static_select", "action_id": "pick", "options": list(options), **more})


def remote(**more: Any) -> dict[str, Any]:
    return accessory({"type": "multi_external_select", "action_id": "find", **more})


def image(**more: Any) -> dict[str, Any]:
    return {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "a", **more}


def table(*rows: Any, **more: Any) -> dict[str, Any]:
    return {"type": "table", "rows": list(rows), **more}


def raw(text: str = "c") -> dict[str, Any]:
    return {"type": "raw_text", "text": text}


def rich(*parts: Any, kind: str = "rich_text_section") -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(parts)}]}


def confirm(**more: Any) -> dict[str, Any]:
    return {"title": plain("t"), "text": plain("t"), "confirm": plain("y"), "deny": plain("n"), **more}


def half(text: str = "Good", **more: Any) -> dict[str, Any]:
    return {"text": plain(text), "value": "v", **more}


def thumbs(action_id: str = "thumbs", **more: Any) -> dict[str, Any]:
    pair = {"positive_button": half(), "negative_button": half("Bad"), **more}
    return {"type": "feedback_buttons", "action_id": action_id, **pair}


def context_actions(*elements: Any) -> dict[str, Any]:
    return {"type": "context_actions", "elements": list(elements)}


def many(n: int) -> list[Any]:
    return [button(action_id=f"a{i}") for i in range(n)]


AT_THE_LIMIT = {
    "section-3000": [section("x" * 3000)],
    "fields-10-of-2000": [{"type": "section", "fields": [mrkdwn("x" * 2000)] * 10}],
    "header-150": [{"type": "header", "text": plain("x" * 150)}],
    "context-10": [{"type": "context", "elements": [mrkdwn("x")] * 10}],
    "actions-25": [actions(*many(25))],
    "button-all": [
        actions(button("x" * 75, "a" * 255, value="v" * 2000, url="u" * 3000, accessibility_label="l" * 75))
    ],
    "context-actions-5": [context_actions(*[thumbs(f"a{i}") for i in range(5)])],
    "feedback-all": [
        context_actions(
            thumbs("a" * 255, positive_button=half("x" * 75, value="v" * 2000, accessibility_label="l" * 75))
        )
    ],
    "overflow-5": [overflow(*[option("x" * 75, "v" * 150)] * 5)],
    "select-100": [select(*[option()] * 100, placeholder=plain("x" * 150))],
    "groups-100": [
        accessory({"type": "static_select", "option_groups": [{"label": plain("x" * 75), "options": [option()]}] * 100})
    ],
    "remote-all": [
        remote(
            placeholder=plain("x" * 150),
            min_query_length=0,
            max_selected_items=1,
            initial_options=[option("x" * 75, "v" * 150)] * 100,
        )
    ],
    "radio-10": [accessory({"type": "radio_buttons", "options": [option()] * 10})],
    "confirm": [
        actions(
            button(
                confirm=confirm(
                    title=plain("x" * 100), text=plain("x" * 300), confirm=plain("x" * 30), deny=plain("x" * 30)
                )
            )
        )
    ],
    "image": [image(alt_text="x" * 2000, title=plain("x" * 2000))],
    "image-of-a-file": [{"type": "image", "slack_file": {"id": "F00000000A"}, "alt_text": "a"}],
    "table-100-by-20": [table(*[[raw()] * 20] * 100, column_settings=[{"align": "right"}, None])],
    "table-10000-characters": [table([raw("x" * 2500)] * 4)],
    "rich-text-in-a-cell": [table([rich({"type": "text", "text": "x", "style": {"code": True}})])],
    "markdown-12000": [{"type": "markdown", "text": "x" * 12_000}],
    "rich-text": [rich({"type": "text", "text": "x"}, {"type": "date", "timestamp": 1, "format": "{date}"})],
    "preformatted": [rich({"type": "text", "text": "x"}, kind="rich_text_preformatted")],
    "50-blocks": [{"type": "divider"}] * 50,
    "block-id-255": [section(block_id="b" * 255)],
    "same-action-in-two-blocks": [actions(button()), actions(button())],
}

ONE_TOO_MANY = {
    "section-3001": ([section("x" * 3001)], "/blocks/0/text/text"),
    "section-empty": ([section("")], "/blocks/0/text/text"),
    "section-without-text-or-fields": ([{"type": "section"}], "/blocks/0"),
    "fields-11": ([{"type": "section", "fields": [mrkdwn("x")] * 11}], "/blocks/0/fields"),
    "fields-none": ([{"type": "section", "fields": []}], "/blocks/0/fields"),
    "field-2001": ([{"type": "section", "fields": [mrkdwn("x" * 2001)]}], "/blocks/0/fields/0/text"),
    "header-151": ([{"type": "header", "text": plain("x" * 151)}], "/blocks/0/text/text"),
    "header-mrkdwn": ([{"type": "header", "text": mrkdwn("x")}], "/blocks/0/text"),
    "header-without-text": ([{"type": "header"}], "/blocks/0"),
    "context-11": ([{"type": "context", "elements": [mrkdwn("x")] * 11}], "/blocks/0/elements"),
    "context-none": ([{"type": "context", "elements": []}], "/blocks/0/elements"),
    "context-button": ([{"type": "context", "elements": [button()]}], "/blocks/0/elements/0"),
    "actions-26": ([actions(*many(26))], "/blocks/0/elements"),
    "actions-none": ([actions()], "/blocks/0/elements"),
    "actions-section": ([actions(section())], "/blocks/0/elements/0"),
    "button-76": ([actions(button("x" * 76))], "/blocks/0/elements/0/text/text"),
    "button-mrkdwn": ([actions({"type": "button", "text": mrkdwn("x")})], "/blocks/0/elements/0/text"),
    "button-without-text": ([actions({"type": "button"})], "/blocks/0/elements/0"),
    "button-value-2001": ([actions(button(value="x" * 2001))], "/blocks/0/elements/0/value"),
    "button-url-3001": ([actions(button(url="x" * 3001))], "/blocks/0/elements/0/url"),
    "button-label-76": ([actions(button(accessibility_label="x" * 76))], "/blocks/0/elements/0/accessibility_label"),
    "button-style": ([actions(button(style="warning"))], "/blocks/0/elements/0/style"),
    "action-id-256": ([actions(button(action_id="a" * 256))], "/blocks/0/elements/0/action_id"),
    "action-id-twice": ([actions(button(), button())], "/blocks/0/elements/1/action_id"),
    "context-actions-6": ([context_actions(*[thumbs(f"a{i}") for i in range(6)])], "/blocks/0/elements"),
    "context-actions-none": ([context_actions()], "/blocks/0/elements"),
    "context-actions-button": ([context_actions(button())], "/blocks/0/elements/0"),
    "context-actions-icon": (
        [context_actions({"type": "icon_button", "icon": "trash", "text": plain("x")})],
        "/blocks/0/elements/0",
    ),
    "feedback-in-actions": ([actions(thumbs())], "/blocks/0/elements/0"),
    "feedback-beside-a-section": ([accessory(thumbs())], "/blocks/0/accessory"),
    "feedback-twice": ([context_actions(thumbs(), thumbs())], "/blocks/0/elements/1/action_id"),
    "feedback-one-half": (
        [context_actions({"type": "feedback_buttons", "positive_button": half()})],
        "/blocks/0/elements/0",
    ),
    "feedback-half-is-a-text": (
        [context_actions(thumbs(negative_button="Bad"))],
        "/blocks/0/elements/0/negative_button",
    ),
    "feedback-half-without-value": (
        [context_actions(thumbs(negative_button={"text": plain("Bad")}))],
        "/blocks/0/elements/0/negative_button",
    ),
    "feedback-half-with-a-style": (
        [context_actions(thumbs(negative_button=half(style="danger")))],
        "/blocks/0/elements/0/negative_button",
    ),
    "feedback-76": (
        [context_actions(thumbs(positive_button=half("x" * 76)))],
        "/blocks/0/elements/0/positive_button/text/text",
    ),
    "feedback-mrkdwn": (
        [context_actions(thumbs(positive_button={"text": mrkdwn("x"), "value": "v"}))],
        "/blocks/0/elements/0/positive_button/text",
    ),
    "feedback-value-2001": (
        [context_actions(thumbs(positive_button=half(value="v" * 2001)))],
        "/blocks/0/elements/0/positive_button/value",
    ),
    "feedback-label-76": (
        [context_actions(thumbs(negative_button=half(accessibility_label="l" * 76)))],
        "/blocks/0/elements/0/negative_button/accessibility_label",
    ),
    "overflow-6": ([overflow(*[option()] * 6)], "/blocks/0/accessory/options"),
    "overflow-none": ([overflow()], "/blocks/0/accessory/options"),
    "option-text-76": ([overflow(option("x" * 76))], "/blocks/0/accessory/options/0/text/text"),
    "option-value-151": ([overflow(option(value="x" * 151))], "/blocks/0/accessory/options/0/value"),
    "option-description-76": (
        [overflow(option(description=plain("x" * 76)))],
        "/blocks/0/accessory/options/0/description/text",
    ),
    "option-url-3001": ([overflow(option(url="x" * 3001))], "/blocks/0/accessory/options/0/url"),
    "select-101": ([select(*[option()] * 101)], "/blocks/0/accessory/options"),
    "select-none": ([select()], "/blocks/0/accessory/options"),
    "select-placeholder-151": (
        [select(option(), placeholder=plain("x" * 151))],
        "/blocks/0/accessory/placeholder/text",
    ),
    "remote-101": ([remote(initial_options=[option()] * 101)], "/blocks/0/accessory/initial_options"),
    "remote-option-value-151": (
        [remote(initial_options=[option(value="v" * 151)])],
        "/blocks/0/accessory/initial_options/0/value",
    ),
    "remote-with-options": ([remote(options=[option()])], "/blocks/0/accessory"),
    "remote-min-is-a-text": ([remote(min_query_length="0")], "/blocks/0/accessory/min_query_length"),
    "remote-max-0": ([remote(max_selected_items=0)], "/blocks/0/accessory/max_selected_items"),
    "remote-in-actions": ([actions({"type": "multi_external_select", "action_id": "find"})], "/blocks/0/elements/0"),
    "radio-11": ([accessory({"type": "radio_buttons", "options": [option()] * 11})], "/blocks/0/accessory/options"),
    "confirm-title-101": (
        [actions(button(confirm=confirm(title=plain("x" * 101))))],
        "/blocks/0/elements/0/confirm/title/text",
    ),
    "image-without-alt": ([{"type": "image", "image_url": "https://example.org/a.png"}], "/blocks/0"),
    "image-empty-alt": ([image(alt_text="")], "/blocks/0/alt_text"),
    "image-alt-2001": ([image(alt_text="x" * 2001)], "/blocks/0/alt_text"),
    "image-url-3001": ([image(image_url="x" * 3001)], "/blocks/0/image_url"),
    "image-title-2001": ([image(title=plain("x" * 2001))], "/blocks/0/title/text"),
    "image-of-nothing": ([{"type": "image", "alt_text": "a"}], "/blocks/0"),
    "image-of-a-permalink-id": (
        [{"type": "image", "slack_file": {"id": "https://x"}, "alt_text": "a"}],
        "/blocks/0/slack_file",
    ),
    "table-101-rows": ([table(*[[raw()]] * 101)], "/blocks/0/rows"),
    "table-no-rows": ([table()], "/blocks/0/rows"),
    "table-21-cells": ([table([raw()] * 21)], "/blocks/0/rows/0"),
    "table-empty-cell": ([table([raw("")])], "/blocks/0/rows/0/0/text"),
    "table-mrkdwn-cell": ([table([mrkdwn("x")])], "/blocks/0/rows/0/0"),
    "table-21-settings": ([table([raw()], column_settings=[{}] * 21)], "/blocks/0/column_settings"),
    "table-align": ([table([raw()], column_settings=[{"align": "middle"}])], "/blocks/0/column_settings/0/align"),
    "table-10001-characters": ([table([raw("x" * 2500)] * 4, [raw()])], "/blocks/0/rows"),
    "two-tables": ([table([raw()]), table([raw()])], "/blocks"),
    "markdown-12001": ([{"type": "markdown", "text": "x" * 12_001}], "/blocks"),
    "markdown-12001-in-two": (
        [{"type": "markdown", "text": "x" * 6_001}, {"type": "markdown", "text": "x" * 6_000}],
        "/blocks",
    ),
    "rich-text-empty-part": ([rich({"type": "text", "text": ""})], "/blocks/0/elements/0/elements/0/text"),
    "rich-text-part": ([rich({"type": "mrkdwn", "text": "x"})], "/blocks/0/elements/0/elements/0"),
    "rich-text-container": ([rich(kind="rich_text_table")], "/blocks/0/elements/0"),
    "51-blocks": ([{"type": "divider"}] * 51, "/blocks"),
    "unknown-block": ([{"type": "chart"}], "/blocks/0"),
    "block-without-type": ([{}], "/blocks/0"),
    "block-is-null": ([None], "/blocks/0"),
    "unknown-key": ([section(colour="red")], "/blocks/0"),
    "emoji-on-mrkdwn": ([{"type": "section", "text": {**mrkdwn("x"), "emoji": True}}], "/blocks/0/text"),
    "block-id-twice": ([section(block_id="b"), section(block_id="b")], "/blocks/1/block_id"),
    "block-id-256": ([section(block_id="b" * 256)], "/blocks/0/block_id"),
    "no-list": ({"type": "section"}, "/blocks"),
}


@pytest.mark.parametrize("blocks", AT_THE_LIMIT.values(), ids=AT_THE_LIMIT.keys())
def test_what_slack_takes_has_no_problem(blocks: Any) -> None:
    assert problems(blocks) == []


@pytest.mark.parametrize(("blocks", "pointer"), ONE_TOO_MANY.values(), ids=ONE_TOO_MANY.keys())
def test_what_slack_refuses_has_one_problem_at_its_place(blocks: Any, pointer: str) -> None:
    assert [problem.pointer for problem in problems(blocks)] == [pointer]
    assert str(problems(blocks)[0]).endswith(f"[json-pointer:{pointer}]")


def test_home_takes_100_blocks() -> None:
    assert problems([{"type": "divider"}] * 100, surface="home") == []
    assert problems([{"type": "divider"}] * 101, surface="home") != []


@pytest.mark.parametrize(
    "block", [context_actions(thumbs()), {"type": "markdown", "text": "x"}], ids=["thumbs", "text"]
)
def test_home_refuses_what_only_messages_hold(block: dict[str, Any]) -> None:
    assert problems([block]) == []
    assert [problem.pointer for problem in problems([block], surface="home")] == ["/blocks/0"]


def test_visible_characters_are_counted_over_all_kinds_of_text() -> None:
    blocks = [
        section("12345", fields=[plain("123")]),
        {"type": "markdown", "text": "1234"},
        rich({"type": "text", "text": "12"}),
        table([raw("1")]),
        actions(button("12", value="not visible")),
    ]
    assert visible_chars(blocks) == 5 + 3 + 4 + 2 + 1 + 2


def test_live_tokens_are_found_wherever_slack_parses_and_nowhere_else() -> None:
    blocks = [
        section("<@U1> &lt;!here&gt;", fields=[mrkdwn("<#C1>"), plain("<!everyone>")]),
        {"type": "context", "elements": [mrkdwn("<!subteam^S1>")]},
        {"type": "markdown", "text": "<https://example.org|x>"},
        rich({"type": "text", "text": "<@U2>"}, {"type": "broadcast", "range": "channel"}),
        table([raw("<@U3>")]),
        actions(button("<@U4>")),
    ]
    message = Message("C0GENERAL", "1.0", "U0BOT", "<!channel> & <not closed", "chat.postMessage", blocks)
    assert live_tokens(message) == [
        "<!channel>",
        "<@U1>",
        "<#C1>",
        "<!subteam^S1>",
        "<https://example.org|x>",
        "<!channel>",
    ]


# Modals.


def field(element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": "f", "label": plain("l"), "element": {"action_id": "a", **element}, **more}


def modal(*blocks: Any, **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("t"), "submit": plain("s"), "blocks": list(blocks), **more}


def boxes(*options: Any, **more: Any) -> dict[str, Any]:
    return {"type": "checkboxes", "options": list(options), **more}


@pytest.mark.parametrize(
    "view",
    [
        modal(section()),
        modal(section(), title=plain("t" * 24), private_metadata="m" * 3000, close=plain("c" * 24)),
        modal(field({"type": "timepicker", "initial_time": "23:59"})),
        modal(field({"type": "datepicker", "initial_date": "2026-12-24"})),
        modal(field({"type": "plain_text_input", "max_length": 3000, "initial_value": "x"}, hint=plain("h" * 2000))),
        modal(field(boxes(option(), initial_options=[option()]), optional=True)),
        modal(field({"type": "external_select", "min_query_length": 0, "initial_option": option()})),
        modal(*(field({"type": "timepicker"}, block_id=f"f{number}") for number in range(100))),
    ],
)
def test_a_modal_at_its_limits_is_taken(view: dict[str, Any]) -> None:
    assert view_problems(view) == []


@pytest.mark.parametrize(
    "view",
    [
        None,
        {"type": "home", "blocks": []},
        modal(section(), title=plain("t" * 25)),
        modal(section(), title=mrkdwn("t")),
        modal(section(), close=plain("c" * 25)),
        modal(section(), private_metadata="m" * 3001),
        modal(section(), callback_id="c" * 256),
        {key: value for key, value in modal(field({"type": "timepicker"})).items() if key != "submit"},
        {key: value for key, value in modal(section()).items() if key != "title"},
        modal(*(field({"type": "timepicker"}, block_id=f"f{number}") for number in range(101))),
        modal(field({"type": "timepicker"}), field({"type": "timepicker"})),
        modal(field({"type": "timepicker", "initial_time": "24:00"})),
        modal(field({"type": "timepicker", "initial_time": "9:00"})),
        modal(field({"type": "datepicker", "initial_date": "24.12.2026"})),
        modal(field({"type": "plain_text_input", "max_length": 3001})),
        modal(field({"type": "plain_text_input", "initial_value": ""})),
        modal(field(boxes(*(option(value=str(number)) for number in range(11))))),
        modal(field(boxes(option(), initial_options=[option("other")]))),
        modal(field(boxes(option(), initial_options=[]))),
        modal(field({"type": "radio_buttons", "options": [option()], "initial_option": option("other")})),
        modal(field({"type": "external_select", "initial_option": {"value": "v"}})),
        modal(field(button())),
        modal(field({"type": "timepicker"}, hint=plain("h" * 2001))),
        modal(field({"type": "timepicker"}, label=mrkdwn("l"))),
        modal({"type": "context_actions", "elements": []}),
    ],
)
def test_a_modal_beyond_its_limits_is_refused(view: Any) -> None:
    assert view_problems(view) != []


def test_a_field_belongs_into_a_modal() -> None:
    assert problems([field({"type": "timepicker"})]) != []
    assert problems([field({"type": "timepicker"})], surface="home") != []
