"""The line of a field, or of what is nearest to it."""

import pytest

from bot.core.placing import FieldLines, Place
from tests.unit.manifests.judging import found, judge

LINES = FieldLines([("metadata", 3), ("spec", 5), ("spec.volumes", 6), ("spec.volumes[1].hostPath", 9), ("a\nb", 1)], 2)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("spec.volumes[1].hostPath", 9),
        ("spec.volumes[1].hostPath.path", 9),
        ("spec.volumes[10].hostPath.path", 6),
        ("spec.volumesX", 5),
        ("metadata.annotations[example.com/a.b]", 3),
        ("status.phase", 2),
        ("", 2),
        ("[0]", 2),
    ],
)
def test_the_nearest_field_above_has_the_line(path: str, line: int) -> None:
    assert LINES.line(path) == line


def test_a_place_is_what_editors_open() -> None:
    assert Place("deploy/web.yaml", 12).text == "deploy/web.yaml:12"


def test_the_lines_of_an_object_are_unpacked_once_for_all_of_its_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked = []
    table = FieldLines.table
    monkeypatch.setattr(FieldLines, "table", lambda lines: unpacked.append(lines) or table(lines))
    containers = "".join(f"  - {{name: c{n}, image: i, command: [docker, ps]}}\n" for n in range(50))
    view = judge(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n{containers}")
    assert {place for _, _, _, place in found(view)} == {f"m.yaml:{n + 6}" for n in range(50)}
    assert len(unpacked) == 1
