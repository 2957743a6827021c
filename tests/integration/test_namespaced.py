"""The overlay with Roles alone on a real API server: what the bot sees, says and takes up as permissions come."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.runtimes import Runtime
from bot.core.snapshot import Cause, Gap
from tests.factories import DOCKER, make_deployment, make_node, make_pod
from tests.integration.apiserver import ApiServer
from tests.integration.program import ROOT, scan, unshim
from tests.integration.watched import watching

OVERLAY = ROOT / "deploy" / "overlays" / "namespaced"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
SOCKET = {"/var/run/docker.sock": "/var/run/docker.sock"}
ENV = {"UNSHIM_NAMESPACES": "web,shop"}


@pytest.fixture(scope="module")
def roles(assets: Path, kubectl_program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """Yield a server of its own, on which the overlay is applied: no ClusterRole of the bot was ever there."""
    folder = tmp_path_factory.mktemp("roles")
    with ApiServer() as server:
        for name in ("web", "shop", "payments"):
            server.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
            workload = make_deployment("docker-cli", namespace=name, replicas=1, host_paths=SOCKET)
            server.create(workload)
            server.create(make_pod(f"{name}-pod", namespace=name, node="docker-1", host_paths=SOCKET))
        server.create(make_node("docker-1", runtime=DOCKER))
        admin = server.kubeconfig(folder / "admin", server.admin_token)
        command = [kubectl_program, "--kubeconfig", str(admin), "apply", "-k", str(OVERLAY)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        yield server


@pytest.fixture
def config(roles: ApiServer, tmp_path: Path) -> Iterator[Path]:
    """Yield a kubeconfig of the shipped ServiceAccount; what a test grants beside the overlay is taken away again."""
    yield roles.kubeconfig(tmp_path / "config", roles.service_account_token("unshim", "unshim"))
    for path in (f"{RBAC}/namespaces/shop/roles", f"{RBAC}/namespaces/shop/rolebindings"):
        roles.request("DELETE", path)
    for kind in ("clusterrole", "clusterrolebinding"):
        roles.request("DELETE", f"{RBAC}/{kind}s?labelSelector=granted%3Dlater")


def grant_shop(server: ApiServer, verbs: str = '"list", "watch"') -> None:
    """Do what the overlay's comment says of a further namespace."""
    for name in ("role", "rolebinding"):
        text = (OVERLAY / "web" / f"{name}.yaml").read_text().replace("namespace: web", "namespace: shop")
        server.apply_manifest(text.replace('"list", "watch"', verbs))


def grant_cluster(server: ApiServer, *resources: str) -> None:
    """Let the account list and watch kinds of the whole cluster."""
    name = f"later-{resources[0]}"
    metadata = {"name": name, "labels": {"granted": "later"}}
    rules = [{"apiGroups": [""], "resources": list(resources), "verbs": ["list", "watch"]}]
    server.request("POST", f"{RBAC}/clusterroles", {"metadata": metadata, "rules": rules})
    subjects = [{"kind": "ServiceAccount", "name": "unshim", "namespace": "unshim"}]
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    server.request("POST", f"{RBAC}/clusterrolebindings", {"metadata": metadata, "roleRef": role, "subjects": subjects})


def names(gaps: tuple[Gap, ...], what: str) -> list[tuple[str, ...]]:
    """Return where a kind was not read, one entry a gap."""
    return [gap.namespaces for gap in gaps if gap.what == what and gap.cause is not Cause.SCOPE]


def test_a_watched_view_takes_up_what_is_granted_and_lets_go_of_what_is_withdrawn(
    roles: ApiServer, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a restart: a namespace, the nodes, and the namespace taken away again."""
    monkeypatch.setenv("UNSHIM_NAMESPACES", ENV["UNSHIM_NAMESPACES"])
    with watching(config, again=0.5) as bot:
        view = bot.settle()
        assert view.scope == ("shop", "web")
        assert view.namespaces == ("web",)
        assert not view.is_complete
        assert not view.nodes_known
        assert names(view.gaps, "pods") == [("shop",)]
        assert {workload.pods.exposure_unknown for workload in view.at_risk} == {0, 1}

        grant_shop(roles)
        view = bot.wait_for(lambda view: not names(view.gaps, "pods"))
        view = bot.settle()
        assert view.namespaces == ("shop", "web")
        assert len(view.at_risk) == 4
        assert not view.is_complete

        grant_cluster(roles, "nodes", "namespaces")
        view = bot.wait_for(lambda view: view.nodes_known)
        view = bot.settle()
        assert view.by_runtime == {Runtime.DOCKERSHIM: 1}
        assert sum(workload.pods.exposed for workload in view.at_risk) == 2
        assert view.namespaces == ("shop", "web")  # payments is seen, and not read
        assert not view.is_complete

        roles.create(make_pod("late", namespace="shop", node="docker-1", host_paths=SOCKET))
        roles.create(make_pod("unseen", namespace="payments", node="docker-1", host_paths=SOCKET))
        view = bot.wait_for(lambda view: len(view.at_risk) == 5)
        assert not any(workload.key.namespace == "payments" for workload in view.workloads)

        roles.request("DELETE", f"{RBAC}/namespaces/shop/rolebindings/unshim-reader")
        view = bot.wait_for(lambda view: {each.key.namespace for each in view.workloads} == {"web"}, seconds=60)
        assert names(view.gaps, "pods") == [("shop",)]


def test_a_namespace_that_does_not_exist_is_told_of_where_that_can_be_known(
    roles: ApiServer, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant_cluster(roles, "namespaces")
    monkeypatch.setenv("UNSHIM_NAMESPACES", "web,wbe")
    with watching(config) as bot:
        view = bot.settle()
        assert names(view.gaps, "pods") == []
        (gone,) = [gap for gap in view.gaps if gap.cause is Cause.NO_NAMESPACE]
        assert gone.objects == ("wbe",)
        roles.request("POST", "/api/v1/namespaces", {"metadata": {"name": "wbe"}})
        bot.wait_for(lambda view: names(view.gaps, "pods") == [("wbe",)])


def test_answers_say_what_alone_is_read(config: Path) -> None:
    expected = {"en": "only namespaces shop, web", "ko": "shop, web 네임스페이스만"}
    for language, words in expected.items():
        for question in ("status", "pods", "is web safe?", "explain web/docker-cli", "milestones", "count at-risk"):
            answer = unshim("ask", *question.split(), "--lang", language, kubeconfig=config, env=ENV)
            assert answer.code == 0, answer.err
            assert words in " ".join(answer.out.split()), question
    out = unshim("ask", "pods", kubeconfig=config, env=ENV).out
    assert "web/Deployment/docker-cli" in out
    assert "objects of any kind in shop" in " ".join(out.split())
    assert "shop/Deployment/docker-cli" not in out
    status = unshim("ask", "status", kubeconfig=config, env=ENV)
    assert status.lines[0].startswith("Which runtime the nodes use is unknown")


@pytest.mark.parametrize("question", ["is payments safe?", "pods payments", "payments 옮겨도 돼?", "explain payments"])
def test_what_is_asked_of_another_namespace_is_not_read(question: str, config: Path) -> None:
    answer = unshim("ask", *question.split(), "--lang", "en", kubeconfig=config, env=ENV)
    assert "payments" in answer.lines[0]
    assert "only shop, web" in answer.lines[0]
    assert "there is no" not in answer.out


def test_the_scan_is_never_whole(roles: ApiServer, config: Path) -> None:
    grant_shop(roles)
    grant_cluster(roles, "nodes", "namespaces", "persistentvolumes")
    report = scan(config, env=ENV)
    assert report["coverage"]["complete"] is False
    assert {"what": "namespaces", "why": "only shop, web are read"} in report["coverage"]["gaps"]
    assert {workload["namespace"] for workload in report["workloads"]} == {"shop", "web"}
    assert unshim("scan", "--fail-on", "never", kubeconfig=config, env=ENV).code == 4
    refused = unshim("scan", "-n", "payments", kubeconfig=config, env=ENV)
    assert refused.code == 2
    assert "payments is not read, only shop, web" in refused.err


def test_the_roles_that_check_prints_mend_it(roles: ApiServer, config: Path) -> None:
    check = unshim("check", kubeconfig=config, env=ENV)
    assert check.code == 1
    row = next(line for line in check.lines if line.startswith("list, watch pods"))
    assert "REFUSED in shop" in " ".join(row.split())
    printed = check.out[check.out.index("apiVersion:") : check.out.index("kubectl ")]
    assert "namespace: web" not in printed
    assert "kubectl -n shop create rolebinding unshim-reader --role=unshim-reader" in check.out
    roles.apply_manifest(printed.replace("  name: unshim-cluster-reader", "  name: later\n  labels: {granted: later}"))
    binding = (OVERLAY / "web" / "rolebinding.yaml").read_text()
    roles.apply_manifest(binding.replace("namespace: web", "namespace: shop"))
    wide = binding.replace("kind: RoleBinding", "kind: ClusterRoleBinding").replace(
        "kind: Role\n", "kind: ClusterRole\n"
    )
    wide = wide.replace("  namespace: web\n", "").replace("name: unshim-reader", "name: later")
    roles.apply_manifest(wide.replace("app.kubernetes.io/name: unshim", "granted: later"))
    assert unshim("check", kubeconfig=config, env=ENV).code == 0


def test_what_may_be_listed_and_not_watched_is_no_failure(
    roles: ApiServer, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant_shop(roles, '"list"')
    check = unshim("check", kubeconfig=config, env={**ENV, "UNSHIM_REFRESH_SECONDS": "45"})
    text = " ".join(check.out.split())
    assert "NOT WATCHED in shop" in text
    assert "read again every 45 s instead of at once" in text
    monkeypatch.setenv("UNSHIM_NAMESPACES", ENV["UNSHIM_NAMESPACES"])
    with watching(config, again=0.5) as bot:
        bot.settle()
        roles.create(make_pod("polled", namespace="shop", host_paths=SOCKET))
        bot.wait_for(lambda view: any(workload.key.name == "polled" for workload in view.workloads))


def test_where_nothing_is_granted_nothing_is_shown(config: Path) -> None:
    report = json.dumps(scan(config, env={"UNSHIM_NAMESPACES": "payments"}))
    assert "docker-cli" not in report
    assert "this login may not list pods (HTTP 403)" in report
