"""Which runtime a node has, read from what nodes really report (DESIGN section 3; facts 3.1 and 3.2)."""

import pytest

from bot.core.runtimes import Grade, Runtime
from bot.core.view import NodeFact
from tests.factories import make_node
from tests.unit.clusters import view_of

CRI_SOCKET = "kubeadm.alpha.kubernetes.io/cri-socket"


def node_fact(runtime: str, kubelet: str = "v1.20.15", socket: str | None = None) -> NodeFact:
    annotations = {CRI_SOCKET: socket} if socket is not None else None
    (node,) = view_of(make_node(runtime=runtime, kubelet=kubelet, annotations=annotations)).nodes
    return node


@pytest.mark.parametrize(
    ("reported", "runtime", "version"),
    [
        pytest.param("containerd://1.4.1", Runtime.CONTAINERD, "1.4.1", id="plain-containerd"),
        pytest.param("containerd://1.7.33-1", Runtime.CONTAINERD, "1.7.33-1", id="aks-linux-suffix"),
        pytest.param("containerd://2.0.4", Runtime.CONTAINERD, "2.0.4", id="containerd-2"),
        pytest.param("containerd://1.3.0-k3s.5", Runtime.CONTAINERD, "1.3.0-k3s.5", id="k3s-suffix"),
        pytest.param("containerd://1.6.6+azure", Runtime.CONTAINERD, "1.6.6+azure", id="aks-windows-suffix"),
        pytest.param("containerd://Unknown", Runtime.CONTAINERD, "Unknown", id="containerd-of-unknown-version"),
        pytest.param("ContainerD://1.7", Runtime.CONTAINERD, "1.7", id="name-in-capitals"),
        pytest.param(
            "cri-o://1.21.6-2.rhaos4.8.git0e2d5e4.el8",
            Runtime.CRI_O,
            "1.21.6-2.rhaos4.8.git0e2d5e4.el8",
            id="cri-o-of-openshift",
        ),
        pytest.param(" containerd://1.4.1 ", Runtime.CONTAINERD, "1.4.1", id="white-space-around"),
        pytest.param("containerd://1.4://x", Runtime.CONTAINERD, "1.4://x", id="only-the-first-separator-splits"),
    ],
)
def test_a_runtime_other_than_docker_is_what_it_reports(reported: str, runtime: Runtime, version: str) -> None:
    node = node_fact(reported)
    assert (node.runtime, node.grade, node.runtime_version) == (runtime, Grade.CERTAIN, version)


@pytest.mark.parametrize(
    "reported", ["docker://19.3.1", "docker://20.10.8", "docker://3.0.4", "docker://1.12.6", "docker://Unknown"]
)
@pytest.mark.parametrize(
    ("kubelet", "runtime", "grade"),
    [
        pytest.param("v1.11.0+d4cacc0", Runtime.DOCKERSHIM, Grade.LIKELY, id="openshift-3"),
        pytest.param("v1.20.2", Runtime.DOCKERSHIM, Grade.LIKELY, id="1.20"),
        pytest.param("v1.23.17-eks-0a21954", Runtime.DOCKERSHIM, Grade.LIKELY, id="last-minor-with-dockershim"),
        pytest.param("v1.24.0-alpha.1", Runtime.CRI_DOCKERD, Grade.CERTAIN, id="first-minor-without-dockershim"),
        pytest.param("v1.31.0", Runtime.CRI_DOCKERD, Grade.CERTAIN, id="minikube-sample"),
        pytest.param("v1.100.0", Runtime.CRI_DOCKERD, Grade.CERTAIN, id="versions-compare-as-numbers"),
        pytest.param("v2.0.0", Runtime.CRI_DOCKERD, Grade.CERTAIN, id="next-major"),
        pytest.param("1.23", Runtime.DOCKERSHIM, Grade.LIKELY, id="no-v-and-no-patch"),
    ],
)
def test_docker_without_an_annotation_is_told_by_the_kubelets_minor(
    reported: str, kubelet: str, runtime: Runtime, grade: Grade
) -> None:
    node = node_fact(reported, kubelet)
    assert (node.runtime, node.grade) == (runtime, grade)
    assert node.runtime_version == reported.partition("://")[2]


@pytest.mark.parametrize(
    ("kubelet", "socket", "runtime", "grade"),
    [
        pytest.param(
            "v1.23.1", "/var/run/dockershim.sock", Runtime.DOCKERSHIM, Grade.CERTAIN, id="dockershim-socket-is-proof"
        ),
        pytest.param(
            "v1.23.1",
            "unix:///var/run/cri-dockerd.sock",
            Runtime.CRI_DOCKERD,
            Grade.LIKELY,
            id="cri-dockerd-socket-as-a-url",
        ),
        pytest.param(
            "v1.20.1", "/run/cri-dockerd.sock", Runtime.CRI_DOCKERD, Grade.LIKELY, id="cri-dockerd-socket-as-a-path"
        ),
        pytest.param(
            "v1.20.1", "unix:///run/cri-docker.sock", Runtime.CRI_DOCKERD, Grade.LIKELY, id="socket-of-its-systemd-unit"
        ),
        pytest.param(
            "v1.22.1", "npipe:////./pipe/cri-dockerd", Runtime.CRI_DOCKERD, Grade.LIKELY, id="cri-dockerd-windows-pipe"
        ),
        pytest.param(
            "v1.22.1", "/run/containerd/containerd.sock", Runtime.DOCKERSHIM, Grade.LIKELY, id="stale-containerd-socket"
        ),
        pytest.param("v1.22.1", "", Runtime.DOCKERSHIM, Grade.LIKELY, id="empty-annotation"),
        pytest.param(
            "v1.24.0",
            "/var/run/dockershim.sock",
            Runtime.CRI_DOCKERD,
            Grade.CERTAIN,
            id="stale-dockershim-socket-never-makes-1.24-dockershim",
        ),
    ],
)
def test_docker_up_to_1_23_is_told_by_the_annotation(kubelet: str, socket: str, runtime: Runtime, grade: Grade) -> None:
    node = node_fact("docker://20.10.24", kubelet, socket)
    assert (node.runtime, node.grade) == (runtime, grade)


def test_the_annotation_never_makes_a_containerd_node_a_docker_node() -> None:
    node = node_fact("containerd://1.6.0", "v1.23.1", "/var/run/dockershim.sock")
    assert node.runtime is Runtime.CONTAINERD


@pytest.mark.parametrize(
    ("reported", "kubelet"),
    [
        pytest.param("", "v1.20.15", id="empty"),
        pytest.param("   ", "v1.20.15", id="blank"),
        pytest.param("garbage", "v1.20.15", id="garbage"),
        pytest.param("docker", "v1.20.15", id="name-alone"),
        pytest.param("docker:20.10", "v1.20.15", id="no-slashes"),
        pytest.param("://1.2.3", "v1.20.15", id="version-alone"),
        pytest.param("rkt://1.30.0", "v1.20.15", id="runtime-nobody-knows"),
        pytest.param("dockershim://20.10", "v1.20.15", id="no-runtime-reports-itself-so"),
        pytest.param("unknown://1", "v1.20.15", id="the-word-unknown"),
        pytest.param("docker://20.10.24", "", id="docker-with-an-empty-kubelet-version"),
        pytest.param("docker://20.10.24", "garbage", id="docker-with-a-kubelet-that-cannot-be-parsed"),
        pytest.param("docker://20.10.24", "v1", id="docker-with-a-kubelet-without-minor"),
    ],
)
def test_a_version_that_is_empty_or_cannot_be_parsed_leaves_the_runtime_unknown(reported: str, kubelet: str) -> None:
    assert node_fact(reported, kubelet).runtime is Runtime.UNKNOWN


def test_containerd_needs_no_kubelet_version() -> None:
    assert node_fact("containerd://1.4.1", "").runtime is Runtime.CONTAINERD


def test_only_dockershim_and_cri_dockerd_are_docker() -> None:
    assert {runtime for runtime in Runtime if runtime.is_docker} == {Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD}
