"""The permissions a login lacks: which are a failure, and the roles that mend it."""

import yaml

from bot.adapters.kube_check import needed
from bot.adapters.scoped import Scope
from bot.core.permissions import CheckReport, Permission, PermissionState, role
from bot.core.snapshot import CLUSTER_WIDE, NAMESPACED
from bot.render.text import plain, to_text
from bot.render.views.check import binding, compose, role_name
from tests.unit.clusters import catalogue

PODS = "pods"


def report(*refused: Permission, namespaces: tuple[str, ...] = (), unknown: tuple[Permission, ...] = ()) -> CheckReport:
    """Return the report of a login that holds everything but some."""
    states = [
        PermissionState(each, None if each in unknown else each not in refused) for each in needed(Scope(namespaces))
    ]
    return CheckReport("https://server", "v1.30.0", tuple(states), 45.0)


def shown(found: CheckReport, language: str = "en") -> str:
    return " ".join(to_text(compose(found, catalogue(language))).split())


def test_with_everything_nothing_is_to_be_granted() -> None:
    assert (report().missing, report().unwatched, report().to_grant()) == ((), (), ())
    assert shown(report()).startswith("Everything the reports need can be read.")


def test_what_may_be_listed_and_not_watched_is_told_and_is_no_failure() -> None:
    watch = Permission("", PODS, "watch")
    found = report(watch)
    assert (found.missing, found.unwatched) == ((), (watch,))
    assert shown(found).startswith("Everything the reports need can be read; 1 kind of it is not watched.")
    assert (
        "list, watch pods NOT WATCHED May be listed, not watched: read again every 45 s instead of at once."
        in shown(found)
    )
    assert "45초마다 다시 읽습니다" in shown(found, "ko")
    (permissions,) = found.to_grant()
    rules = yaml.safe_load(role("r", permissions))["rules"]
    assert {"apiGroups": [""], "resources": [PODS], "verbs": ["list", "watch"]} in rules
    assert len(rules) == len(CLUSTER_WIDE) + len(NAMESPACED) + 1


def test_what_may_not_be_listed_is_missing_once() -> None:
    found = report(Permission("", PODS), Permission("", PODS, "watch"))
    assert found.missing == (Permission("", PODS),)
    assert found.unwatched == ()
    assert "1 permission is missing" in shown(found)
    assert "list, watch pods REFUSED Running pods" in shown(found)


def test_what_could_not_be_confirmed_is_missing() -> None:
    found = report(unknown=(Permission("", PODS),))
    assert found.missing == (Permission("", PODS),)
    assert "list, watch pods UNKNOWN" in shown(found)


def test_in_namespaces_each_kind_is_asked_for_in_each() -> None:
    asked = needed(Scope(("web", "shop")))
    inside = {(each.resource, each.verb, each.namespace) for each in asked if each.namespace is not None}
    assert inside == {
        (what, verb, name) for what in NAMESPACED for verb in ("list", "watch") for name in ("shop", "web")
    }
    assert {each.resource for each in asked if each.namespace is None} == {*CLUSTER_WIDE, "/version"}


def test_only_the_namespace_in_which_something_is_missing_gets_a_role() -> None:
    refused = (Permission("", PODS, "list", "shop"), Permission("batch", "jobs", "watch", "web"))
    found = report(*refused, namespaces=("web", "shop"))
    assert "list, watch pods REFUSED in shop" in shown(found)
    assert "list, watch jobs.batch NOT WATCHED in web" in shown(found)
    roles = found.to_grant()
    written = [yaml.safe_load(role(role_name(found, each), each)) for each in roles]
    assert [(each["kind"], each["metadata"].get("namespace")) for each in written] == [
        ("Role", "shop"),
        ("Role", "web"),
    ]
    assert all(len(each["rules"]) == len(NAMESPACED) for each in written)
    assert [plain(binding(found, each)) for each in roles] == [
        f"kubectl -n {name} create rolebinding unshim-reader --role=unshim-reader --serviceaccount=unshim:unshim"
        for name in ("shop", "web")
    ]
    assert "with these roles" in shown(found)


def test_what_is_in_no_namespace_gets_a_cluster_role_of_its_own_name() -> None:
    """One with less must not take the place of the one for everything."""
    found = report(Permission("", "nodes"), namespaces=("web",))
    (permissions,) = found.to_grant()
    written = yaml.safe_load(role(role_name(found, permissions), permissions))
    assert (written["kind"], written["metadata"]) == ("ClusterRole", {"name": "unshim-cluster-reader"})
    assert len(written["rules"]) == len(CLUSTER_WIDE) + 1
    assert "clusterrolebinding unshim-cluster-reader" in plain(binding(found, permissions))
    assert role_name(report(Permission("", "nodes")), permissions) == "unshim-reader"
