"""Version strings: their leading numbers, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.versions import Version, parse


@pytest.mark.parametrize(
    ("text", "version"),
    [
        pytest.param("v1.23.17", Version(1, 23, 17), id="kubelet"),
        pytest.param("1.23.17", Version(1, 23, 17), id="no-v"),
        pytest.param("v1.23", Version(1, 23, 0), id="missing-patch-is-0"),
        pytest.param("v1.23.17-eks-0a21954", Version(1, 23, 17), id="eks"),
        pytest.param("v1.22.17-gke.14100", Version(1, 22, 17), id="gke"),
        pytest.param("v1.24.4+k3s1", Version(1, 24, 4), id="k3s"),
        pytest.param("v1.23+", Version(1, 23, 0), id="plus"),
        pytest.param("19.3.1~ce", Version(19, 3, 1), id="docker-ce"),
        pytest.param("1.21.6-2.rhaos4.8.git", Version(1, 21, 6), id="cri-o"),
        pytest.param("  v1.23.1\n", Version(1, 23, 1), id="white-space"),
    ],
)
def test_the_leading_numbers_count_and_suffixes_do_not(text: str, version: Version) -> None:
    assert parse(text) == version


@pytest.mark.parametrize("text", ["", " ", "v", "1", "v1.", ".1", "Unknown", "latest", "x1.2", "-1.2", "12345.1"])
def test_what_has_no_leading_numbers_is_no_version(text: str) -> None:
    assert parse(text) is None


def test_versions_compare_as_numbers() -> None:
    assert Version(1, 9) < Version(1, 20) < Version(1, 20, 1) < Version(1, 100) < Version(2, 0)


def test_the_short_form_leaves_the_patch_out() -> None:
    assert Version(1, 23, 17).short == "1.23"


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    parse(text)


@given(st.tuples(*[st.integers(0, 999)] * 3), st.sampled_from(["", "-eks-1", "+k3s1", "~ce", " x"]))
def test_every_written_version_comes_back(numbers: tuple[int, int, int], suffix: str) -> None:
    major, minor, patch = numbers
    assert parse(f"v{major}.{minor}.{patch}{suffix}") == Version(major, minor, patch)
