"""Paths on a node: one spelling for each place, judged against a slow and obvious resolver."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.paths import is_within, join, normalise

SEGMENTS = ("a", "b", ".", "..", "", "var", "run")
paths = st.lists(st.sampled_from(SEGMENTS), max_size=8).map(lambda parts: "/" + "/".join(parts))
sub_paths = st.lists(st.sampled_from(SEGMENTS), max_size=8).map("/".join)


def resolved(path: str) -> list[str]:
    """Walk a path segment by segment, as slowly as one would with a finger; /var/run is a link, followed at once."""
    places: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if places:
                places.pop()
        elif segment not in ("", "."):
            places.append(segment)
        if len(places) == 2 and "/".join(places) == "var/run":
            places.pop(0)
    return places


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("/run/docker.sock", "/run/docker.sock", id="already-normal"),
        pytest.param("/var/run/docker.sock", "/run/docker.sock", id="var-run-is-run"),
        pytest.param("/var/run", "/run", id="var-run-itself"),
        pytest.param("/var/run/", "/run", id="trailing-slash"),
        pytest.param("/var/running/x", "/var/running/x", id="var-running-is-not-var-run"),
        pytest.param("//var//run///docker.sock", "/run/docker.sock", id="repeated-slashes"),
        pytest.param("/var/./run/./docker.sock", "/run/docker.sock", id="dots"),
        pytest.param("/var/lib/../run/docker.sock", "/run/docker.sock", id="dot-dot"),
        pytest.param("/../../var/run/docker.sock", "/run/docker.sock", id="above-the-root-is-the-root"),
        pytest.param("unix:///var/run/docker.sock", "/run/docker.sock", id="socket-url"),
        pytest.param("var/run/docker.sock", "/run/docker.sock", id="relative-counts-from-the-root"),
        pytest.param("/", "/", id="root"),
        pytest.param("//", "/", id="two-slashes"),
        pytest.param("", "", id="empty-stays-empty"),
        pytest.param("/run/docker.sock ", "/run/docker.sock ", id="a-space-belongs-to-the-name"),
        pytest.param("/var/run/..", "/", id="up-again-from-where-the-link-leads"),
        pytest.param("/var/run/../run/x", "/run/x", id="through-the-link-and-back"),
        pytest.param("unix:/run/docker.sock", "/run/docker.sock", id="socket-url-with-one-slash"),
        pytest.param("UNIX:///var/run/docker.sock", "/run/docker.sock", id="socket-url-in-capitals"),
        pytest.param("/VAR/RUN/docker.sock", "/VAR/RUN/docker.sock", id="linux-paths-keep-their-case"),
        pytest.param(r"C:\ProgramData\docker", "c:/programdata/docker", id="windows-drive"),
        pytest.param("c:/ProgramData//Docker/", "c:/programdata/docker", id="windows-drive-with-slashes"),
        pytest.param("/pipe/docker_engine", "/pipe/docker_engine", id="a-folder-called-pipe-is-no-pipe"),
        pytest.param("/./pipe/docker_engine", "/pipe/docker_engine", id="one-slash-makes-no-pipe"),
    ],
)
def test_every_spelling_of_a_place_becomes_one(path: str, expected: str) -> None:
    assert normalise(path) == expected


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(r"\\.\pipe\docker_engine", id="backslashes"),
        pytest.param("//./pipe/docker_engine", id="slashes"),
        pytest.param("npipe:////./pipe/docker_engine", id="npipe-url"),
        pytest.param(r"npipe:\\.\pipe\docker_engine", id="npipe-with-backslashes"),
        pytest.param("npipe:////./pipe//docker_engine", id="repeated-slashes"),
        pytest.param(r"\\\\.\\pipe\\docker_engine", id="backslashes-escaped-twice"),
        pytest.param(r"\\?\pipe\docker_engine", id="question-mark-device"),
        pytest.param(r"\\.\PIPE\Docker_Engine", id="capitals"),
        pytest.param(r"//.\pipe/docker_engine", id="mixed-slashes"),
        pytest.param("NPIPE:////./pipe/docker_engine/", id="url-in-capitals-and-trailing-slash"),
    ],
)
def test_a_windows_pipe_is_the_same_in_every_slash_style(path: str) -> None:
    assert normalise(path) == "pipe:docker_engine"


def test_no_linux_path_can_pass_for_a_pipe() -> None:
    assert normalise("pipe:docker_engine") == "/pipe:docker_engine"


@given(paths)
def test_the_normal_form_is_what_a_finger_finds(path: str) -> None:
    assert normalise(path) == "/" + "/".join(resolved(path))


@given(paths)
def test_normalising_twice_changes_nothing(path: str) -> None:
    assert normalise(normalise(path)) == normalise(path)


@given(paths, paths)
def test_two_paths_are_equal_exactly_when_they_lead_to_one_place(left: str, right: str) -> None:
    assert (normalise(left) == normalise(right)) == (resolved(left) == resolved(right))


@given(paths, paths)
def test_within_means_a_beginning_of_whole_segments(path: str, ancestor: str) -> None:
    outer = resolved(ancestor)
    assert is_within(normalise(path), normalise(ancestor)) == (resolved(path)[: len(outer)] == outer)


@pytest.mark.parametrize(
    ("path", "ancestor", "expected"),
    [
        pytest.param("/run", "/run", True, id="itself"),
        pytest.param("/run/docker.sock", "/run", True, id="below"),
        pytest.param("/run", "/run/docker.sock", False, id="above"),
        pytest.param("/running", "/run", False, id="same-beginning-other-name"),
        pytest.param("/run", "/", True, id="everything-is-below-the-root"),
    ],
)
def test_is_within(path: str, ancestor: str, *, expected: bool) -> None:
    assert is_within(path, ancestor) is expected


@pytest.mark.parametrize(
    ("path", "sub_path", "expected"),
    [
        pytest.param("/var", "run/docker.sock", "/run/docker.sock", id="the-whole-is-normalised-once-more"),
        pytest.param("/", "var/run/docker.sock", "/run/docker.sock", id="below-the-root"),
        pytest.param("/var/run/", "docker.sock", "/run/docker.sock", id="trailing-slash"),
        pytest.param("/var/run", "", "/run", id="no-sub-path"),
        pytest.param("/srv", "../var/run/docker.sock", "/srv/var/run/docker.sock", id="dot-dot-stays-inside"),
        pytest.param("/srv", "/data", "/srv/data", id="an-absolute-sub-path-is-relative"),
        pytest.param("C:\\ProgramData", "docker\\x", "c:/programdata/docker/x", id="windows"),
    ],
)
def test_a_sub_path_is_taken_below_its_volume(path: str, sub_path: str, expected: str) -> None:
    assert join(path, sub_path) == expected


@given(st.sampled_from(["/srv", "/a/b", "/var/lib/docker"]), sub_paths)
def test_a_sub_path_never_leaves_its_volume(path: str, sub_path: str) -> None:
    assert is_within(join(path, sub_path), path)
    assert join(path, sub_path) == normalise("/".join([path, *resolved_inside(sub_path)]))


def resolved_inside(sub_path: str) -> list[str]:
    """Walk a subPath whose root is its volume; /var/run means nothing there."""
    places: list[str] = []
    for segment in sub_path.split("/"):
        if segment == "..":
            del places[-1:]
        elif segment not in ("", "."):
            places.append(segment)
    return places
