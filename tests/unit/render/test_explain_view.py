"""Why a workload is listed: how sure that is stands in the first line, and dockershim is not where it is gone."""

from collections.abc import Mapping, Sequence

import pytest

from bot.core.questions import AtRisk, Explain, Question, Safe, Status, Where
from bot.core.view import ClusterView
from bot.render.compose import compose
from bot.render.parts import TERMINAL
from bot.render.text import to_text
from tests.factories import (
    JsonObject,
    make_claim,
    make_container,
    make_daemonset,
    make_dependents,
    make_deployment,
    make_node,
    make_persistent_volume,
    make_statefulset,
)
from tests.unit.clusters import DOCKER, catalogue, named, service, view_of

NODES = [
    make_node("old", runtime=DOCKER),
    make_node("new", runtime=DOCKER, kubelet="v1.24.17"),
    make_node("other", kubelet="v1.24.17"),
]


def view(path: str, *nodes: str, name: str = "agent", others: Sequence[str] = ()) -> ClusterView:
    agent = make_daemonset(name, host_paths={path: "/s", **{other: other for other in others}})
    return view_of(*NODES, agent, make_dependents(agent, list(nodes)))


def text(shown: ClusterView, language: str = "en", question: Question = Explain("agent")) -> str:  # noqa: B008
    return to_text(compose(service(shown).ask(question, language), catalogue(language), TERMINAL))


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("/var/run/docker.sock", "is at risk (blocker, certain): it stops working when its node leaves Docker."),
        ("/etc/docker/daemon.json", "is at risk (blocker, likely): it stops working when its node leaves Docker."),
        (
            "/etc/docker/certs.d",
            "may be at risk (blocker, possible): if so, it stops working when its node leaves Docker.",
        ),
        ("/var/lib/docker", "is at risk (degraded, likely): it loses data or a function"),
    ],
)
def test_the_first_line_says_how_sure_the_worst_finding_is(path: str, verdict: str) -> None:
    assert text(view(path, "old")).startswith(f"kube-system/DaemonSet/agent {verdict}")


def test_of_findings_alike_the_surest_counts() -> None:
    agent = make_daemonset("agent", host_paths={"/etc/docker/certs.d": "/c", "/var/run/docker.sock": "/s"})
    assert text(view_of(*NODES, agent)).startswith("kube-system/DaemonSet/agent is at risk (blocker, certain)")


def test_a_possible_risk_is_not_a_certain_one_where_safety_is_asked_for() -> None:
    shown = text(view("/etc/docker/certs.d", "old"), question=Safe("agent"))
    assert shown.startswith("Not safe to move yet: kube-system/DaemonSet/agent may be at risk; if so, it stops working")
    korean = text(view("/etc/docker/certs.d", "old"), "ko")
    assert korean.startswith("kube-system/DaemonSet/agent: 중단 위험(가능성 있음). 확실하지는 않으며, 해당되는 경우 ")


@pytest.mark.parametrize(
    ("path", "nodes", "sentence"),
    [
        (
            "/var/run/dockershim.sock",
            ("new",),
            "Its 1 node runs cri-dockerd, where nothing listens on dockershim's socket: it is broken already",
        ),
        ("/var/run/dockershim.sock", ("old", "new"), "1 of its 2 nodes runs cri-dockerd, where nothing"),
        ("/var/run/dockershim.sock", ("old",), None),
        ("/var/run/docker.sock", ("new",), None),
    ],
)
def test_dockershims_socket_is_said_to_be_gone_on_docker_nodes_without_dockershim(
    path: str, nodes: tuple[str, ...], sentence: str | None
) -> None:
    shown = text(view(path, *nodes))
    assert (sentence or "nothing listens") in shown if sentence else "nothing listens" not in shown
    assert ("응답하는 것이 없습니다" in text(view(path, *nodes), "ko")) is bool(sentence)


LATER = "when its node leaves Docker", "when its nodes have left Docker: before that it breaks what works"
GONE = (
    "needs dockershim, which none of its nodes has any more",
    "Before that it mends nothing, and breaks nothing either: dockershim is gone already",
)
LATER_KO = "노드가 도커에서 벗어나면", "그 전에 적용하면 지금 동작하는 것이 멈춥니다"
GONE_KO = (
    "파드가 있는 노드에는 이미 도커심이 없습니다",
    "도커심이 이미 없으므로 멈추는 것도 없습니다",
)


@pytest.mark.parametrize(
    ("paths", "nodes", "is_gone"),
    [
        (["/var/run/dockershim.sock"], ("new",), True),
        # Where dockershim is still on a node, or Docker's own socket is used as well, what works would break.
        (["/var/run/dockershim.sock"], ("old", "new"), False),
        (["/var/run/dockershim.sock"], ("old",), False),
        (["/var/run/dockershim.sock", "/var/run/docker.sock"], ("new",), False),
    ],
)
@pytest.mark.parametrize(("language", "later", "gone"), [("en", LATER, GONE), ("ko", LATER_KO, GONE_KO)])
def test_first_line_and_patch_agree_on_whether_dockershim_is_gone(
    paths: list[str],
    nodes: tuple[str, ...],
    is_gone: bool,
    language: str,
    later: tuple[str, str],
    gone: tuple[str, str],
) -> None:
    shown = text(view(paths[0], *nodes, others=paths[1:]), language)
    said, unsaid = (gone, later) if is_gone else (later, gone)
    assert all(part in shown for part in said)
    assert not any(part in shown for part in unsaid)

    for question in (Safe("agent"), Where("agent")):
        shown = text(view(paths[0], *nodes, others=paths[1:]), language, question=question)
        assert (gone[0] in shown) is is_gone
        listens = "nothing listens on" in shown or "응답하는 것이 없습니다" in shown
        assert listens is (isinstance(question, Safe) and is_gone)
        assert (later[0] in shown) is not is_gone
        assert ("Not safe to move yet" in shown or "옮기면 안 됩니다" in shown) is (
            isinstance(question, Safe) and not is_gone
        )


def test_of_cri_dockerd_its_own_socket_is_named_and_nothing_says_that_docker_is_looked_for() -> None:
    shown = text(view("/var/run/dockershim.sock", "new"))
    assert "as long as a node keeps Docker with cri-dockerd, /run/cri-dockerd.sock" in shown
    assert "until then" not in shown


def test_that_dockershim_is_gone_changes_no_count() -> None:
    assert "1 (1 exposed)" in text(view("/var/run/dockershim.sock", "new"))


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/var/lib/docker/containers", "As this workload is set up here, it likely depends on Docker (see above)."),
        ("/var/run/docker.sock", "As this workload is set up here, it depends on Docker (see above)."),
        ("/etc/docker/certs.d", "As this workload is set up here, it may depend on Docker (see above)."),
    ],
)
def test_a_product_depends_on_docker_as_surely_as_its_finding_says(path: str, sentence: str) -> None:
    assert sentence in text(view(path, "old", name="fluentd"), question=Explain("fluentd"))


def rows(text: str, label: str) -> list[str]:
    """Return what stands behind a label, one for each finding."""
    return [line.removeprefix(label).strip() for line in text.splitlines() if line.startswith(f"{label} ")]


def test_of_a_claim_its_name_stands_there_and_the_volume_with_its_path_behind_it() -> None:
    shown = text(
        view_of(
            *NODES,
            make_deployment("agent", claims={"logs": "/logs"}),
            make_claim("logs", volume="pv"),
            make_persistent_volume("pv", host_path="/var/lib/docker/containers", claim="logs"),
        )
    )
    assert rows(shown, "Where") == ["Deployment/agent spec.template.spec.volumes[0].persistentVolumeClaim.claimName"]
    assert rows(shown, "Value") == ["logs"]
    assert rows(shown, "Through") == ["PersistentVolume pv: /var/lib/docker/containers"]


def test_of_a_sub_path_the_volume_and_the_mount_stand_there() -> None:
    volume = {"name": "root", "hostPath": {"path": "/", "type": "Directory"}}
    mounts = [{"name": "root", "mountPath": "/s", "subPath": "var/run/docker.sock"}]
    shown = text(view_of(*NODES, make_deployment("agent", volumes=[volume], mounts=mounts)))
    assert rows(shown, "Value") == ["/ (type Directory)"]
    assert rows(shown, "Mount") == ["spec.template.spec.containers[0].volumeMounts[0].subPath: var/run/docker.sock"]


@pytest.mark.parametrize(
    ("path", "nodes", "fails"),
    [
        ("/var/run/docker.sock", NODES, "containerd: an empty directory is made in place of the path and stays"),
        (
            "/var/run/docker.sock",
            NODES,
            "client cannot connect. dockershim, cri-dockerd: works as long as the node keeps it.",
        ),
        ("/var/run/docker.sock", NODES[:2], "without Docker: the pod starts, with an empty directory in place"),
        ("/var/run/dockershim.sock", NODES[:2], "cri-dockerd: the pod starts, with an empty directory in place"),
        ("/var/lib/docker", (), "without Docker: no error: what it reads is old or empty"),
    ],
)
def test_how_it_fails_is_said_for_the_runtimes_of_the_cluster(path: str, nodes: list[JsonObject], fails: str) -> None:
    (row,) = rows(text(view_of(*nodes, make_daemonset("agent", host_paths={path: "/s"}))), "Fails")
    assert fails in row


def test_what_fails_alike_is_said_once() -> None:
    agent = make_daemonset("agent", host_paths={"/var/lib/docker/containers": "/s"}, args=["--parser=docker"])
    assert rows(text(view_of(*NODES, agent)), "Fails")[1:] == ["as above"]


def test_whether_the_deployed_version_is_enough_is_said() -> None:
    agent = make_daemonset("agent", image="datadog/agent:7.23.1", host_paths={"/var/run/docker.sock": "/s"})
    shown = text(view_of(*NODES, agent))
    assert rows(shown, "Version") == ["needs no Docker from 7.27 on; 7.23.1 is deployed, which is not enough."]
    assert "Patch for 1 of the 2 findings with something to do." in shown
    assert '"value":"datadog/agent:7.27.0"' in shown


def test_only_what_works_without_docker_alone_is_said_to_wait() -> None:
    later = "Apply it when its nodes have left Docker"
    assert later in text(view("/var/lib/docker/containers", "old"))
    agent = make_daemonset("agent", volumes=[{"name": "x", "hostPath": {"path": "/run/docker.sock"}}])
    shown = text(view_of(*NODES, agent))
    assert "kubectl" in shown
    assert later not in shown


@pytest.mark.parametrize(
    ("wanted", "where", "value"),
    [
        ("", "spec.volumeClaimTemplates[0]", "data-agent-*"),
        ("pv", "spec.volumeClaimTemplates[0].spec.volumeName", "pv"),
    ],
)
def test_of_a_claim_template_what_it_makes_or_asks_for_stands_there(wanted: str, where: str, value: str) -> None:
    agent = make_statefulset("agent", mounts=[{"name": "data", "mountPath": "/d"}])
    template = {"metadata": {"name": "data"}, "spec": {"volumeName": wanted} if wanted else {}}
    agent["spec"]["volumeClaimTemplates"] = [template]
    rest = (
        make_claim("data-agent-0", volume="pv"),
        make_persistent_volume("pv", host_path="/var/lib/docker/x", claim="data-agent-0"),
    )
    shown = text(view_of(*NODES, agent, *rest))
    assert rows(shown, "Where") == [f"StatefulSet/agent {where}"]
    assert rows(shown, "Value") == [value]
    assert rows(shown, "Through") == ["PersistentVolume pv: /var/lib/docker/x"]


def _to_do(image: str, path: str, env: Mapping[str, str] | None = None) -> list[str]:
    agent = make_daemonset("agent", host_paths={path: "/s"}, image=image, env=env)
    return rows(text(view_of(*NODES, agent)), "To do")


def test_a_patch_of_the_mount_alone_is_not_said_to_be_the_whole_fix() -> None:
    logs = {"/var/lib/docker/containers": "/s"}
    alone = text(view_of(*NODES, make_daemonset("agent", host_paths=logs)))
    assert "Patch for a part of what is to be done. It does not complete `docker-logs`: it changes" in alone
    assert "Patch for the finding above." not in alone
    old = make_daemonset("agent", host_paths=logs, sidecars=[make_container("old", image="datadog/agent:7.23.1")])
    assert "Patch for 1 of the 2 findings with something to do. It does not complete" in text(view_of(*NODES, old))


def test_no_more_is_promised_of_a_patch_than_it_does() -> None:
    logs = "/var/lib/docker/containers"
    (unknown,) = _to_do("registry.example.com/logs/collector:1", logs)
    assert unknown.endswith("The patch changes the mount only: look at the parser as well.")
    json = {"FLUENT_CONTAINER_TAIL_PARSER_TYPE": "json"}
    told = _to_do("fluent/fluentd-kubernetes-daemonset:v1.16-debian-elasticsearch8-1", logs, json)
    assert len(told) > 1
    assert all(line.endswith("The patch does it.") for line in told)
    mounted = _to_do("602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.7.5", "/run/dockershim.sock")
    assert [line.rpartition(". ")[2] for line in mounted] == [
        "With the image in the patch there is no need to.",
        "The patch does it.",
    ]


@pytest.mark.parametrize(
    ("language", "note", "place"),
    [
        (
            "en",
            "No live pod has it now: they are older than the template, or a webhook took it out. "
            "The next one is made from the template, so its {n} pod",
            "(in no live pod now)",
        ),
        (
            "ko",
            "지금 실행 중인 파드에는 없습니다(템플릿보다 먼저 만들어졌거나 웹훅이 뺀 경우). "
            "다음 파드는 템플릿으로 만들어지므로 지금 파드 {n}개도 그와 같이 집계합니다.",
            "(지금 실행 중인 파드에는 없음)",
        ),
    ],
)
@pytest.mark.parametrize("pods", [1, 2])
def test_what_only_the_template_has_counts_and_that_is_said(language: str, note: str, place: str, pods: int) -> None:
    socket = make_deployment("agent", host_paths={"/var/run/docker.sock": "/s"})
    replicaset, *live = make_dependents(socket, ["old"] * pods)
    node = make_node("old", runtime=DOCKER)

    def shown(*stripped: JsonObject) -> ClusterView:
        for pod in stripped:
            pod["spec"]["volumes"] = []
            pod["spec"]["containers"][0]["volumeMounts"] = []
        return view_of(node, socket, replicaset, *live)

    assert note.format(n=pods) not in text(shown(), language)
    if pods > 1:  # of one that has it and one that has not, nobody need be told
        assert note.format(n=pods) not in text(shown(live[0]), language)
    found = shown(*live)
    assert note.format(n=pods) in text(found, language)
    assert place in text(found, language)
    assert named(found, "agent").pods.exposed == pods
    counted = {"en": f"{pods} pod{'s' if pods > 1 else ''} exposed", "ko": f"파드(도커 노드에서 실행 중) {pods}개"}
    assert counted[language] in text(found, language, Status())
    assert "exposed" in text(found, "en", AtRisk())


def test_of_a_variable_the_value_stands_as_in_the_manifest_and_its_name_beside_it() -> None:
    container = make_container(
        "main", env={"X": "1", "DOCKER_HOST": "unix:///run/docker.sock"}, mounts=[{"name": "run", "mountPath": "/run"}]
    )
    volumes = [{"name": "run", "hostPath": {"path": "/run"}}]
    agent = make_daemonset("agent", spec={"containers": [container], "volumes": volumes})
    lines = [" ".join(line.split()) for line in text(view_of(*NODES, agent)).splitlines()]
    at = lines.index("Where DaemonSet/agent spec.template.spec.containers[0].env[1].value")
    assert lines[at + 1 : at + 3] == ["Variable DOCKER_HOST", "Value unix:///run/docker.sock"]


def test_a_script_in_a_variable_is_no_variable_that_is_set_to_docker() -> None:
    container = make_container("main", env={"RUN_SCRIPT": "kubelet --container-runtime=docker"})
    said = text(view_of(*NODES, make_daemonset("agent", spec={"containers": [container]})))
    assert "runtime-setting" in said
    assert "Variable" not in said
