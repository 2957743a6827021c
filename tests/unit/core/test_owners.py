"""The owner ladder: label, annotation, namespace label, Helm release, Argo CD application, else nobody."""

from collections.abc import Mapping

import pytest

from bot.core.owners import Owner, OwnerKeys
from bot.core.snapshot import Cause
from tests.factories import (
    JsonObject,
    make_cronjob,
    make_daemonset,
    make_dependents,
    make_deployment,
    make_job,
    make_namespace,
    make_node,
    make_pod,
    make_replicaset,
    make_replication_controller,
    make_statefulset,
    owner_of,
)
from tests.unit.clusters import named, view_of

LABEL = {"team": "by-label"}
ANNOTATION = {"team": "by-annotation"}
HELM = {"meta.helm.sh/release-name": "by-helm"}
ARGO = {"argocd.argoproj.io/tracking-id": "by-argo:apps/Deployment:default/web"}


def owner(*objects: JsonObject | list[JsonObject], name: str = "web", keys: OwnerKeys | None = None) -> Owner | None:
    return named(view_of(make_node(), *objects, owners=keys), name).owner


def test_the_ladder_is_climbed_from_label_to_argo() -> None:
    rungs = [
        Owner("by-label", "label"),
        Owner("by-annotation", "annotation"),
        Owner("by-namespace", "namespace"),
        Owner("by-helm", "helm"),
        Owner("by-argo", "argo"),
        None,
    ]
    assert owner(*_cluster(LABEL, {**ANNOTATION, **HELM, **ARGO}, "by-namespace")) == rungs[0]
    assert owner(*_cluster({}, {**ANNOTATION, **HELM, **ARGO}, "by-namespace")) == rungs[1]
    assert owner(*_cluster({}, {**HELM, **ARGO}, "by-namespace")) == rungs[2]
    assert owner(*_cluster({}, {**HELM, **ARGO}, None)) == rungs[3]
    assert owner(*_cluster({}, ARGO, None)) == rungs[4]
    assert owner(*_cluster({}, {}, None)) == rungs[5]


def _cluster(labels: dict[str, str], annotations: dict[str, str], namespace: str | None) -> list[JsonObject]:
    deployment = make_deployment("web", labels=labels, annotations=annotations)
    return [deployment, make_namespace("default", labels={"team": namespace} if namespace else None)]


@pytest.mark.parametrize(
    ("labels", "annotations", "expected"),
    [
        pytest.param({"team": "a", "owner": "b"}, {}, "a", id="first-label-key-wins"),
        pytest.param({"owner": "b"}, {}, "b", id="second-label-key"),
        pytest.param({"team": "", "owner": "b"}, {}, "b", id="an-empty-label-names-nobody"),
        pytest.param({}, {"owner": "b"}, "b", id="second-annotation-key"),
        pytest.param({"team": ""}, {"team": "c"}, "c", id="an-empty-label-gives-way-to-the-annotation"),
        pytest.param(
            {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "shop"}, {}, "shop", id="helm-labels"
        ),
        pytest.param({"app.kubernetes.io/instance": "shop"}, {}, None, id="an-instance-nobody-says-helm-made"),
        pytest.param(
            {"app.kubernetes.io/managed-by": "kustomize", "app.kubernetes.io/instance": "shop"},
            {},
            None,
            id="an-instance-something-else-made",
        ),
        pytest.param({"argocd.argoproj.io/instance": "shop"}, {}, "shop", id="argo-instance-label"),
        pytest.param({}, {"argocd.argoproj.io/tracking-id": "shop"}, "shop", id="argo-tracking-id-without-colon"),
        pytest.param({}, {"argocd.argoproj.io/tracking-id": ":apps/x"}, None, id="argo-tracking-id-of-nothing"),
        pytest.param({"teams": "x", "Team": "y"}, {}, None, id="keys-are-exact"),
    ],
)
def test_what_an_objects_metadata_names(
    labels: dict[str, str], annotations: dict[str, str], expected: str | None
) -> None:
    found = owner(make_deployment("web", labels=labels, annotations=annotations))
    assert (found.name if found else None) == expected


def test_the_workloads_own_label_comes_before_its_templates() -> None:
    deployment = make_deployment("web", labels={"team": "own"}, pod_labels={"team": "template"})
    assert owner(deployment) == Owner("own", "label")


def test_the_templates_label_counts_when_the_workload_has_none() -> None:
    deployment = make_deployment("web", pod_labels={"team": "template"})
    assert owner(deployment) == Owner("template", "label")


def test_the_templates_label_comes_before_the_workloads_annotation() -> None:
    deployment = make_deployment("web", annotations={"team": "own"}, pod_labels={"team": "template"})
    assert owner(deployment) == Owner("template", "label")


def test_the_templates_annotation_comes_before_the_namespace() -> None:
    deployment = make_deployment("web", pod_annotations={"team": "template"})
    assert owner(deployment, make_namespace("default", labels=LABEL)) == Owner("template", "annotation")


def test_the_namespaces_annotation_names_nobody() -> None:
    assert owner(make_deployment("web"), make_namespace("default", annotations=LABEL)) is None


def test_another_namespaces_label_names_nobody() -> None:
    assert owner(make_deployment("web"), make_namespace("other", labels=LABEL)) is None


def test_labels_of_a_deployments_replica_set_and_pods_do_not_speak_for_it() -> None:
    deployment = make_deployment("web")
    replicaset, pod = make_dependents(deployment, ["node-1"])
    replicaset["metadata"]["labels"]["team"] = "history"
    pod["metadata"]["labels"]["team"] = "pod"
    assert owner(deployment, replicaset, pod) is None


@pytest.mark.parametrize(
    "workload",
    [
        make_deployment("web", labels=LABEL),
        make_daemonset("web", namespace="default", labels=LABEL),
        make_statefulset("web", labels=LABEL),
        make_replicaset("web", labels=LABEL),
        make_replication_controller("web", labels=LABEL),
        make_job("web", labels=LABEL),
        make_cronjob("web", labels=LABEL),
        make_pod("web", labels=LABEL),
    ],
    ids=lambda item: item["kind"],
)
def test_every_kind_of_workload_has_an_owner(workload: JsonObject) -> None:
    assert owner(workload) == Owner("by-label", "label")


def test_a_workload_that_was_not_read_is_owned_by_what_its_pods_say() -> None:
    rollout = {"apiVersion": "apps.kruise.io/v1", "kind": "CloneSet", "metadata": {"name": "web", "uid": "1"}}
    assert owner(make_pod("web-x7k2p", labels=LABEL, owner=owner_of(rollout))) == Owner("by-label", "label")


def test_a_workload_that_was_not_read_is_owned_by_what_its_replica_set_says() -> None:
    rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web", "uid": "1"}}
    assert owner(make_replicaset("web-6f7d", labels=LABEL, owner=owner_of(rollout))) == Owner("by-label", "label")


@pytest.mark.parametrize("unread", [None, {"replicasets": Cause.FORBIDDEN}], ids=["gone", "refused"])
def test_a_replica_set_that_nobody_saw_is_owned_by_what_its_pods_say(unread: Mapping[str, Cause] | None) -> None:
    pod = make_pod("web-6f7d-x7k2p", labels=LABEL, owner=owner_of(make_replicaset("web-6f7d")))
    view = view_of(make_node(), make_replicaset("other"), pod, unread=unread)
    assert named(view, "web-6f7d").owner == Owner("by-label", "label")


def test_a_replica_set_of_the_same_name_elsewhere_does_not_speak_for_it() -> None:
    pod = make_pod("web-6f7d-x7k2p", labels=LABEL, owner=owner_of(make_replicaset("web-6f7d")))
    elsewhere = make_replicaset("web-6f7d", namespace="elsewhere")
    view = view_of(make_node(), elsewhere, pod)
    assert {w.key.namespace: w.owner for w in view.workloads} == {
        "default": Owner("by-label", "label"),
        "elsewhere": None,
    }


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param(OwnerKeys(labels=("squad",)), Owner("s", "label"), id="own-label"),
        pytest.param(OwnerKeys(labels=(), annotations=("contact",)), Owner("c", "annotation"), id="own-annotation"),
        pytest.param(OwnerKeys((), (), ("tribe",)), Owner("t", "namespace"), id="own-namespace-label"),
        pytest.param(OwnerKeys((), (), ()), None, id="no-keys"),
        pytest.param(OwnerKeys(labels=("nothing", "squad")), Owner("s", "label"), id="second-of-two"),
    ],
)
def test_the_keys_are_settings(keys: OwnerKeys, expected: Owner | None) -> None:
    deployment = make_deployment("web", labels={"squad": "s"}, annotations={"contact": "c"})
    assert owner(deployment, make_namespace("default", labels={"tribe": "t"}), keys=keys) == expected
