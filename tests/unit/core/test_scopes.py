"""Names of a subscription against what is in the cluster."""

import pytest
from msgspec.structs import replace

from bot.core.scopes import Checked, Unknown, check, namespaces, owners
from bot.core.snapshot import Cause, Gap
from bot.core.subscriptions import Scope, ScopeKind
from bot.core.view import ClusterView
from tests.factories import make_deployment
from tests.unit.clusters import view_of


@pytest.fixture
def view() -> ClusterView:
    """Return two namespaces and an owner."""
    return view_of(
        make_deployment("builder", namespace="ci", labels={"team": "platform"}),
        make_deployment("shop", namespace="web"),
    )


def test_names_that_are_there_are_fine(view: ClusterView) -> None:
    assert check(Scope(ScopeKind.NAMESPACES, ("ci", "web")), view) == Checked()
    assert check(Scope(), view) == Checked()
    assert (set(namespaces(view)), owners(view)) == ({"ci", "web"}, ("platform",))
    assert check(Scope(ScopeKind.OWNER, ("platform",)), view) == Checked()


def test_a_name_that_is_not_there_comes_with_near_ones(view: ClusterView) -> None:
    found = check(Scope(ScopeKind.OWNER, ("platfrom",)), view)
    assert found == Checked((Unknown(ScopeKind.OWNER, "platfrom", ("platform",)),), is_certain=True)


def test_what_was_chosen_before_needs_no_check(view: ClusterView) -> None:
    assert check(Scope(ScopeKind.NAMESPACES, ("gone", "ci")), view, known=("gone",)) == Checked()


def test_nothing_is_certain_of_a_cluster_that_was_not_read_whole(view: ClusterView) -> None:
    scope = Scope(ScopeKind.NAMESPACES, ("gone",))
    assert check(scope, None) == Checked((Unknown(ScopeKind.NAMESPACES, "gone", ()),), is_certain=False)
    torn = replace(view, gaps=(Gap("pods", Cause.FORBIDDEN, status=403),))
    assert check(scope, torn).is_certain is False
    assert check(scope, view).is_certain is True
