"""Answers too long for one text: what is left out is counted, and what is left says what it is about."""

from bot.render.document import Document, Facts, Footer, Heading, Name, Paragraph, Table, Text, Verdict, text_line
from bot.render.mrkdwn import VISIBLE_CHARS, to_mrkdwn
from tests.unit.clusters import catalogue

FOOTER = Footer((Paragraph(text_line("Read now.")),))


def section(name: str, chars: int, rows: int = 2) -> Document:
    first = (text_line(f"{name} value"), (Text("x" * chars),))
    others = [(text_line(f"{name} container"), text_line("build")) for _ in range(rows - 1)]
    return Heading((Name(name),)), Facts((first, *others), is_of_one=True)


def text(*elements: Document) -> str:
    document = (Verdict(text_line("Found.")), *(each for some in elements for each in some), FOOTER)
    said = to_mrkdwn(document, catalogue("en"), "help")
    assert len(said) <= VISIBLE_CHARS
    assert said.splitlines()[0] == "Found."
    assert said.splitlines()[-1] == "Read now."
    return said


def test_what_is_said_of_one_thing_is_kept_or_left_out_together() -> None:
    said = text(
        section("a", 1200), section("b", 1300), section("c", 1300), section("d", 10), ((Paragraph(text_line("End.")),))
    )
    assert "b container" in said
    for name in "cd":  # d would fit, but nobody would know what c was
        assert name not in [line.strip("`:") for line in said.splitlines()]
        assert f"{name} container" not in said
    assert "End." in said
    assert "… 6 more lines" in said


def test_of_what_fits_nowhere_the_beginning_is_shown() -> None:
    said = text(section("a", 1300, rows=200))
    assert "a value" in said
    assert "more lines" in said


def test_a_heading_does_not_stand_alone() -> None:
    rows = tuple(((Text(f"row {number} " + "x" * 90),),) for number in range(60))
    said = text(section("a", 1300), section("b", 1150), (Heading(text_line("Rows")), Table((text_line("R"),), rows)))
    assert "Rows" not in said or "row 0" in said
