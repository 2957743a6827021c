"""Lists of nodes: what the first line says of rows that are cut, how filters are told, and whose a version is."""

from bot.core.questions import Count, Nodes, NodeState, Status
from bot.core.runtimes import CRI_SOCKET_ANNOTATION, Runtime
from bot.core.view import ClusterView
from bot.render.compose import compose
from bot.render.parts import MESSAGE, TERMINAL, Limits
from bot.render.text import to_text
from tests.factories import make_node
from tests.unit.clusters import DOCKER, catalogue, service, view_of

DOCKERS = (Runtime.DOCKERSHIM, Runtime.CRI_DOCKERD)
SURE = {CRI_SOCKET_ANNOTATION: "/var/run/dockershim.sock"}


def cluster() -> ClusterView:
    """Return 14 nodes on dockershim, of which 2 only likely, 6 on cri-dockerd and 3 on containerd."""
    general = [
        make_node(
            f"general-{n:02}", runtime=DOCKER, labels={"agentpool": "general"}, annotations=SURE if n > 2 else None
        )
        for n in range(1, 15)
    ]
    gpu = [make_node(f"gpu-{n}", runtime=DOCKER, kubelet="v1.24.1", labels={"agentpool": "gpu"}) for n in range(6)]
    edge = [make_node(f"edge-{n}", kubelet="v1.24.1", labels={"agentpool": "edge"}) for n in range(3)]
    return view_of(*general, *gpu, *edge)


def text(question: Nodes | Count | NodeState | Status, language: str = "en", limits: Limits = MESSAGE) -> str:
    return to_text(compose(service(cluster()).ask(question, language), catalogue(language), limits))


def test_where_rows_are_cut_the_first_line_names_pools_and_runtimes() -> None:
    shown = text(Nodes(DOCKERS))
    assert shown.startswith("20 of 23 nodes run on Docker: general dockershim 14 (2 likely), gpu cri-dockerd 6.\n")
    assert text(Nodes(DOCKERS), "ko").startswith(
        "노드 23개 중 20개가 도커를 씁니다: general dockershim 14개(2개는 추정), gpu cri-dockerd 6개.\n"
    )


def test_where_rows_are_cut_the_way_to_them_is_by_their_own_pools() -> None:
    commands = "unshim ask nodes docker pool=gpu, unshim ask nodes docker pool=general"
    assert f"… 8 more rows: {commands}\n" in text(Nodes(DOCKERS))
    assert "unshim ask nodes pool=gpu, unshim ask nodes pool=edge" in text(Nodes())
    for question in (Nodes(pool="general"), Nodes((Runtime.DOCKERSHIM,))):  # which would only be cut again
        assert "… 2 more rows: unshim ask nodes --json\n" in text(question)


def test_nothing_is_split_where_every_row_is_shown_or_all_are_alike() -> None:
    assert text(Nodes(DOCKERS), limits=TERMINAL).startswith("20 of 23 nodes run on Docker.\n")
    one = text(Nodes((Runtime.DOCKERSHIM,), "general"))
    assert one.startswith("14 of 23 nodes match (dockershim, general; 2 likely); all on Docker.\n")


def test_korean_filters_stand_behind_the_count() -> None:
    shown = text(Nodes((Runtime.DOCKERSHIM,), "general"), "ko")
    assert shown.startswith("노드 23개 중 14개 해당(dockershim, general; 2개는 추정), 모두 도커 노드.\n")
    assert text(Nodes(cordoned=True), "ko").startswith("노드 23개 중 해당하는 노드가 없습니다(cordon됨).")


def test_a_version_asked_for_is_said_to_be_the_kubelets() -> None:
    assert text(Nodes(version="1.38")).startswith("None of 23 nodes matches (kubelet 1.38).")
    assert text(Count("nodes", version="1.24")).startswith("9 of 23 nodes match (kubelet 1.24)")


def test_the_version_beside_an_adapter_is_said_to_be_dockers() -> None:
    shown = text(Nodes(), limits=TERMINAL)
    assert "dockershim (likely), Docker 20.10.24" in shown
    assert "dockershim, Docker 20.10.24" in shown
    assert "cri-dockerd, Docker 20.10.24" in shown
    assert "containerd 1.4.13" in shown
    assert "dockershim(추정), 도커 20.10.24" in text(Nodes(), "ko", TERMINAL)
    assert text(NodeState("gpu-1", "runtime")).startswith("gpu-1 runs Docker 20.10.24 through cri-dockerd.")
    assert text(Status("gpu-1")).startswith("gpu-1 runs Docker 20.10.24 through cri-dockerd, kubelet v1.24.1.")
