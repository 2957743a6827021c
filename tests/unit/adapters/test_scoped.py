"""Some namespaces alone: where each kind is asked for, and what lists that fail come to as gaps."""

from typing import Any

import pytest

from bot.adapters.scoped import Scope
from bot.core.objects import Namespace
from bot.core.snapshot import CLUSTER_WIDE, NAMESPACED, RESOURCES, Cause, Gap, is_whole, scope_of
from tests.unit.clusters import table

ONLY = Gap("namespaces", Cause.SCOPE, objects=("shop", "web"), count=2)
REFUSED, SLOW = (Cause.FORBIDDEN, 403), (Cause.TIMEOUT, 0)


def in_(namespace: str, what: str = "pods", why: tuple[Cause, int] = REFUSED, **more: Any) -> Gap:
    return Gap(what, *why, namespaces=(namespace,), **more)


def test_kinds_of_namespaces_are_asked_for_in_each_and_the_others_once() -> None:
    scope = Scope(("web", "shop", "web"))
    for resource in table():
        paths = [path for part in scope.parts(resource) for path in resource.paths(part)]
        inside = [path for path in paths if "/namespaces/web/" in path or "/namespaces/shop/" in path]
        assert inside == ([] if resource.name in CLUSTER_WIDE else paths)
    assert {*CLUSTER_WIDE, *NAMESPACED} == set(RESOURCES)


def test_without_namespaces_everything_is_asked_for_once_and_nothing_is_left_out() -> None:
    namespaces = next(resource for resource in table() if resource.name == "namespaces")
    objects = [Namespace("payments", None)]
    assert all(Scope().parts(resource) == (None,) for resource in table())
    assert Scope().within(namespaces, objects) == objects
    gap = Gap("pods", *REFUSED)
    assert Scope().gaps([gap], set(), 5) == [gap]


def test_of_namespaces_only_those_are_shown_that_are_read() -> None:
    by_name = {resource.name: resource for resource in table()}
    objects = [Namespace("payments", None), Namespace("web", None)]
    assert [item.name for item in Scope(("web",)).within(by_name["namespaces"], objects)] == ["web"]
    assert not Scope(("web",)).has(by_name["namespaces"], "payments")
    assert Scope(("web",)).has(by_name["nodes"], "payments")


@pytest.mark.parametrize(
    ("found", "existing", "told"),
    [
        pytest.param([], {"shop", "web"}, [], id="all-read"),
        pytest.param([in_("shop")], None, [Gap("pods", *REFUSED, namespaces=("shop",))], id="one-refused"),
        pytest.param([in_("shop"), in_("web")], None, [Gap("pods", *REFUSED)], id="refused-in-all"),
        pytest.param([in_("shop"), in_("web", why=SLOW)], None, [Gap("pods", *REFUSED)], id="failed-in-all"),
        pytest.param([in_("shop", is_partial=True)], None, [in_("shop", is_partial=True)], id="one-in-part"),
        pytest.param([Gap("nodes", *REFUSED)], None, [Gap("nodes", *REFUSED)], id="nodes-refused"),
        pytest.param(
            [in_("shop"), in_("shop", "jobs", SLOW)],
            {"shop", "web"},
            [in_("shop"), in_("shop", "jobs", SLOW)],
            id="kinds-stay-apart",
        ),
        pytest.param(
            [in_("shop")], {"web"}, [Gap("namespaces", Cause.NO_NAMESPACE, objects=("shop",), count=1)], id="one-gone"
        ),
        pytest.param(
            [],
            set(),
            [Gap("namespaces", Cause.NO_NAMESPACE, objects=("shop", "web"), count=2)],
            id="all-gone",
        ),
        pytest.param(
            [
                Gap("pods", Cause.MALFORMED, objects=("web/b", "web/c"), count=4),
                Gap("pods", Cause.MALFORMED, objects=("shop/a",), count=1),
                Gap("pods", Cause.PARTLY, objects=("web/d",), count=1),
            ],
            None,
            [
                Gap("pods", Cause.MALFORMED, objects=("shop/a", "web/b"), count=5),
                Gap("pods", Cause.PARTLY, objects=("web/d",), count=1),
            ],
            id="objects-are-counted-together",
        ),
    ],
)
def test_lists_that_fail_come_to_gaps_of_kinds(found: list[Gap], existing: set[str] | None, told: list[Gap]) -> None:
    assert Scope(("web", "shop")).gaps(found, existing, 2) == [ONLY, *told]


@pytest.mark.parametrize(
    ("gaps", "what", "namespace", "expected"),
    [
        pytest.param([], "pods", None, True, id="no-gap"),
        pytest.param([ONLY], "pods", None, False, id="pods-of-the-cluster"),
        pytest.param([ONLY], "pods", "web", True, id="pods-of-a-namespace-that-is-read"),
        pytest.param([ONLY], "nodes", None, True, id="nodes-are-in-no-namespace"),
        pytest.param([ONLY], "namespaces", None, False, id="namespaces"),
        pytest.param([ONLY], "version", None, True, id="version"),
        pytest.param([in_("shop")], "pods", "web", True, id="refused-elsewhere"),
        pytest.param([in_("shop")], "pods", "shop", False, id="refused-there"),
        pytest.param([in_("shop")], "pods", None, False, id="refused-somewhere"),
        pytest.param([Gap("pods", *REFUSED)], "pods", "web", False, id="refused-everywhere"),
        pytest.param([Gap("items", Cause.MALFORMED, count=1)], "pods", "web", False, id="items-of-a-dump"),
    ],
)
def test_what_is_whole(gaps: list[Gap], what: str, namespace: str | None, expected: bool) -> None:
    assert is_whole(gaps, what, namespace) is expected


def test_the_scope_of_a_view_stands_among_its_gaps() -> None:
    assert scope_of([in_("shop"), ONLY]) == ("shop", "web")
    assert scope_of([in_("shop")]) is None
