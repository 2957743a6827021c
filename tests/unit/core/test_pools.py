"""Which pool and provider a node belongs to: every entry of pools.toml by a node that carries it."""

from typing import Any

import pytest

from bot.core.view import ClusterView
from tests.factories import JsonObject, make_node
from tests.unit.clusters import pool_table, view_of


def pool(node: JsonObject, pool_label: str | None = None) -> str | None:
    (fact,) = view_of(node, pool_label=pool_label).nodes
    return fact.pool


POOLS = [
    pytest.param(make_node(labels={"eks.amazonaws.com/nodegroup": "blue"}), "blue", id="eks"),
    pytest.param(make_node(labels={"alpha.eksctl.io/nodegroup-name": "blue"}), "blue", id="eksctl"),
    pytest.param(make_node(labels={"karpenter.sh/nodepool": "blue"}), "blue", id="karpenter"),
    pytest.param(make_node(labels={"karpenter.sh/provisioner-name": "blue"}), "blue", id="old-karpenter"),
    pytest.param(make_node(labels={"cloud.google.com/gke-nodepool": "blue"}), "blue", id="gke"),
    pytest.param(make_node(labels={"kubernetes.azure.com/agentpool": "blue"}), "blue", id="aks"),
    pytest.param(make_node(labels={"agentpool": "blue"}), "blue", id="old-aks"),
    pytest.param(make_node(labels={"kops.k8s.io/instancegroup": "blue"}), "blue", id="kops"),
    pytest.param(make_node(labels={"doks.digitalocean.com/node-pool": "blue"}), "blue", id="digitalocean"),
    pytest.param(make_node(labels={"lke.linode.com/pool-id": "blue"}), "blue", id="linode"),
    pytest.param(make_node(labels={"ibm-cloud.kubernetes.io/worker-pool-name": "blue"}), "blue", id="ibm"),
    pytest.param(
        make_node(annotations={"machineconfiguration.openshift.io/currentConfig": "rendered-gpu-blue-0a1b2c"}),
        "gpu-blue",
        id="openshift-machine-config",
    ),
    pytest.param(
        make_node(labels={"node.openshift.io/os_id": "rhcos", "node-role.kubernetes.io/infra": ""}),
        "infra",
        id="openshift-role",
    ),
    pytest.param(make_node(annotations={"cluster.x-k8s.io/owner-name": "md-0"}), "md-0", id="cluster-api"),
]


@pytest.mark.parametrize(("node", "expected"), POOLS)
def test_a_provider_names_its_pool(node: JsonObject, expected: str) -> None:
    assert pool(node) == expected


def test_every_key_of_the_table_has_a_sample_node() -> None:
    """Fails when somebody adds a key without a node for it above."""
    carried: set[str] = set()
    for param in POOLS:
        node: Any = param.values[0]
        carried |= {*node["metadata"]["labels"], *node["metadata"].get("annotations", {})}
    for key in pool_table().keys:
        assert any(name == key.key or (key.kind == "label-prefix" and name.startswith(key.key)) for name in carried)


PROVIDERS = [
    pytest.param(make_node(labels={"eks.amazonaws.com/nodegroup": "x"}), "eks", id="eks-label"),
    pytest.param(make_node(labels={"alpha.eksctl.io/cluster-name": "x"}), "eks", id="eksctl-label"),
    pytest.param(make_node(kubelet="v1.23.17-eks-0a21954"), "eks", id="eks-kubelet"),
    pytest.param(make_node(labels={"cloud.google.com/gke-os-distribution": "cos"}), "gke", id="gke-label"),
    pytest.param(make_node(kubelet="v1.22.17-gke.14100"), "gke", id="gke-kubelet"),
    pytest.param(make_node(labels={"kubernetes.azure.com/mode": "system"}), "aks", id="aks-label"),
    pytest.param(make_node(labels={"node.openshift.io/os_id": "rhcos"}), "openshift", id="openshift-label"),
    pytest.param(make_node(os_image="Red Hat Enterprise Linux CoreOS 48.84"), "openshift", id="openshift-os-image"),
    pytest.param(make_node(kubelet="v1.24.4+rke2r1"), "rke2", id="rke2-kubelet"),
    pytest.param(make_node(kubelet="v1.24.4+k3s1"), "k3s", id="k3s-kubelet"),
    pytest.param(make_node(provider_id="k3s://node-1"), "k3s", id="k3s-provider-id"),
    pytest.param(make_node(labels={"kops.k8s.io/instancegroup": "x"}), "kops", id="kops-label"),
    pytest.param(make_node(labels={"doks.digitalocean.com/version": "x"}), "digitalocean", id="do-label"),
    pytest.param(make_node(provider_id="digitalocean://1"), "digitalocean", id="do-provider-id"),
    pytest.param(make_node(labels={"lke.linode.com/pool-id": "1"}), "linode", id="linode-label"),
    pytest.param(make_node(provider_id="linode://1"), "linode", id="linode-provider-id"),
    pytest.param(make_node(labels={"ibm-cloud.kubernetes.io/worker-version": "x"}), "ibm", id="ibm-label"),
    pytest.param(make_node(provider_id="ibm://1"), "ibm", id="ibm-provider-id"),
    pytest.param(make_node("docker-desktop"), "docker-desktop", id="docker-desktop-name"),
    pytest.param(make_node("minikube"), "minikube", id="minikube-name"),
    pytest.param(make_node(labels={"minikube.k8s.io/name": "x"}), "minikube", id="minikube-label"),
    pytest.param(make_node(provider_id="aws:///eu-west-1a/i-0a1b"), None, id="a-cloud-alone-tells-nothing"),
    pytest.param(make_node(labels={"agentpool": "x"}), None, id="the-bare-word-agentpool-tells-nothing"),
    pytest.param(make_node(), None, id="kubeadm"),
]


@pytest.mark.parametrize(("node", "provider"), PROVIDERS)
def test_a_node_shows_its_provider(node: JsonObject, provider: str | None) -> None:
    assert view_of(node).provider == provider


def test_every_provider_of_the_table_has_a_sample_node() -> None:
    assert {provider.id for provider in pool_table().providers} == {param.values[1] for param in PROVIDERS} - {None}


def test_the_cluster_is_what_most_of_its_nodes_are() -> None:
    def provider(*kubelets: str) -> str | None:
        return view_of(*(make_node(f"n-{n}", kubelet=kubelet) for n, kubelet in enumerate(kubelets))).provider

    assert provider("v1.23.1-eks-1", "v1.23.1-eks-1", "v1.23.1") == "eks"
    assert provider("v1.23.1-eks-1", "v1.23.1", "v1.23.1") is None
    assert view_of().provider is None


def test_the_first_key_of_the_table_wins() -> None:
    labels = {"cloud.google.com/gke-nodepool": "second", "eks.amazonaws.com/nodegroup": "first"}
    assert pool(make_node(labels=labels, annotations={"cluster.x-k8s.io/owner-name": "last"})) == "first"


def test_an_empty_value_names_no_pool() -> None:
    labels = {"eks.amazonaws.com/nodegroup": "", "agentpool": "blue"}
    assert pool(make_node(labels=labels)) == "blue"


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        pytest.param(["worker"], "worker", id="worker-alone"),
        pytest.param(["worker", "zone-a"], "zone-a", id="another-role-tells-more-than-worker"),
        pytest.param(["master", "control-plane"], "control-plane", id="first-in-order-of-the-alphabet"),
    ],
)
def test_openshift_roles_name_the_pool(roles: list[str], expected: str) -> None:
    labels = {"node.openshift.io/os_id": "rhcos", **{f"node-role.kubernetes.io/{role}": "" for role in roles}}
    assert pool(make_node(labels=labels)) == expected


def test_a_role_names_a_pool_on_openshift_only() -> None:
    assert pool(make_node("kube-3", labels={"node-role.kubernetes.io/infra": ""})) == "kube"


def test_a_machine_config_that_is_not_rendered_names_no_pool() -> None:
    annotations = {"machineconfiguration.openshift.io/currentConfig": "00-worker"}
    assert pool(make_node("kube-3", annotations=annotations)) == "kube"


def test_without_a_key_nodes_of_one_make_are_a_pool() -> None:
    labels = {"node.kubernetes.io/instance-type": "m5.large"}
    node = make_node(labels=labels, kubelet="v1.23.4", os_image="Flatcar", runtime="docker://20.10.24")
    assert pool(node) == "m5.large / Flatcar / 1.23 / dockershim"
    unknown = make_node(labels=labels, kubelet="", os_image="Flatcar")
    assert pool(unknown) == "m5.large / Flatcar / ? / containerd"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("worker-12", "worker"),
        ("worker-1-2", "worker"),
        ("worker12", "worker"),
        ("worker_12", "worker"),
        ("worker", "worker"),
        ("web-1a", "web-1a"),
        ("ip-10-0-1-5.eu-west-1.compute.internal", "ip"),
        ("10.0.0.5", "10"),
        ("12345", "12345"),
    ],
)
def test_at_last_the_name_without_its_trailing_id_is_the_pool(name: str, expected: str) -> None:
    assert pool(make_node(name)) == expected


def test_the_users_label_comes_before_every_key() -> None:
    node = make_node(labels={"example.com/group": "mine", "eks.amazonaws.com/nodegroup": "theirs"})
    assert pool(node, "example.com/group") == "mine"


@pytest.mark.parametrize("labels", [{"eks.amazonaws.com/nodegroup": "theirs"}, {"example.com/group": ""}, {}])
def test_a_node_without_the_users_label_has_no_pool(labels: dict[str, str]) -> None:
    assert pool(make_node("worker-1", labels=labels), "example.com/group") is None


def test_nodes_without_a_pool_are_counted_as_one_group() -> None:
    nodes = [make_node(f"n-{n}", labels={"group": "a"} if n == 0 else None) for n in range(3)]
    view: ClusterView = view_of(*nodes, pool_label="group")
    assert [(item.name, item.total) for item in view.pools] == [("a", 1), (None, 2)]
