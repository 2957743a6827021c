"""Objects of files as those of a cluster: lists, volumes, overlays, damaged fields; each with its line."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.manifests import PROBLEMS
from bot.core.runtimes import Grade
from tests.factories import make_claim, make_cronjob, make_dependents, make_deployment, make_persistent_volume, make_pod
from tests.unit.clusters import view_of
from tests.unit.manifests.judging import found, judge, problems
from tests.unit.manifests.test_yaml_nodes import mutated

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {team: storefront}}
spec:
  replicas: 0
  template:
    spec:
      containers:
        - name: main
          image: x
          volumeMounts: [{name: v, mountPath: /v}]
      volumes:
        - name: v
          hostPath:
            path: /var/run/docker.sock
"""
FIELD = "spec.template.spec.volumes[0].hostPath.path"
CLEAN = DEPLOYMENT.replace("/var/run/docker.sock", "/tmp").replace("name: web", "name: clean")
CLAIMED = DEPLOYMENT.replace(
    "hostPath:\n            path: /var/run/docker.sock", "persistentVolumeClaim: {claimName: c}"
)


def test_a_deployment_at_zero_replicas_is_found_with_its_line() -> None:
    view = judge(CLEAN + "---\n" + DEPLOYMENT)
    assert found(view) == [("shop/Deployment/web", "docker-socket", FIELD, "m.yaml:31")]
    (workload,) = view.with_findings
    assert workload.place is not None
    assert workload.place.text == "m.yaml:17"
    assert workload.owner is not None
    assert (workload.owner.name, len(view.workloads), view.nodes, view.gaps) == ("storefront", 2, (), ())


def test_files_say_what_a_cluster_with_the_same_objects_says() -> None:
    objects = [
        make_deployment("a", namespace="shop", host_paths={"/var/run/docker.sock": "/s"}),
        make_cronjob("b", namespace="shop", host_paths={"/var/lib/docker": "/d"}),
        make_pod("c", namespace="ci", host_paths={"/run": "/r"}),
    ]
    of_cluster, of_files = view_of(*objects), judge(json.dumps({"kind": "List", "apiVersion": "v1", "items": objects}))

    def told(view: Any) -> list[Any]:
        return [(w.key, w.owner, [(f.code, f.severity, f.grade, f.field, f.value) for f in w.findings]) for w in view]

    assert told(of_files.with_findings) == told(of_cluster.with_findings)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("apiVersion: v1\nkind: List\nitems:\n" + "- " + DEPLOYMENT.replace("\n", "\n  "), id="List"),
        pytest.param(
            "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n"
            + "- "
            + DEPLOYMENT.partition("Deployment\n")[2].replace("\n", "\n  "),
            id="a typed list, whose items do not repeat their kind",
        ),
        pytest.param(
            "kind: List\nitems:\n- kind: List\n  items:\n  - " + DEPLOYMENT.replace("\n", "\n    "),
            id="a list in a list",
        ),
        pytest.param(DEPLOYMENT.replace("apps/v1", "extensions/v1beta1"), id="a group of old"),
        pytest.param(f"# Source: shop/templates/web.yaml\n{DEPLOYMENT}---\n# Source: x\n", id="helm template"),
    ],
)
def test_lists_and_old_groups_and_comments(text: str) -> None:
    (finding,) = found(judge(text))
    assert finding[:3] == ("shop/Deployment/web", "docker-socket", FIELD)
    assert text.splitlines()[int(finding[3].partition(":")[2]) - 1].strip() == "path: /var/run/docker.sock"


def test_json_with_tabs_has_lines_too() -> None:
    text = json.dumps(make_deployment("a", host_paths={"/run/docker.sock": "/s"}), indent="\t")
    ((_, _, field, place),) = found(judge(text))
    assert field == FIELD
    assert '"path": "/run/docker.sock"' in text.splitlines()[int(place.partition(":")[2]) - 1]


def test_overlays_of_one_name_are_judged_each() -> None:
    view = judge(DEPLOYMENT, DEPLOYMENT.replace("docker.sock", "x"), DEPLOYMENT, DEPLOYMENT.replace("main", "other"))
    assert [place for *_, place in found(view)] == ["m.yaml:15", "m2.yaml:15", "m3.yaml:15"]
    assert len(view.workloads) == 4


def test_a_dump_is_read_as_its_objects_belong_together() -> None:
    web = make_deployment("web", namespace="shop", host_paths={"/run/docker.sock": "/s"})
    items = [web, *make_dependents(web, ["n1", "n2"])]
    assert [name for name, *_ in found(judge(json.dumps({"kind": "List", "items": items})))] == ["shop/Deployment/web"]


def test_a_claim_is_followed_to_its_volume_by_name() -> None:
    volume, claim = (
        make_persistent_volume("pv", host_path="/run/docker.sock"),
        make_claim("c", namespace="shop", volume="pv"),
    )
    view = judge(CLAIMED, json.dumps(volume), json.dumps(claim))
    (finding,) = view.with_findings[0].findings
    assert (finding.persistent_volume, finding.grade) == ("pv", Grade.CERTAIN)
    assert finding.place is not None
    assert finding.place.text == "m.yaml:14"


VOLUME = """\
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv, labels: {kind: local}}
spec: {storageClassName: manual, capacity: {storage: 10Gi}, accessModes: [ReadWriteOnce],
  hostPath: {path: /run/docker.sock}}
---
"""
CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: c, namespace: shop}
spec: {storageClassName: manual, accessModes: [ReadWriteOnce], resources: {requests: {storage: 3Gi}}}
---
"""


def test_the_only_volume_that_fits_a_claim_is_likely_its_own() -> None:
    (workload,) = judge(VOLUME + CLAIM + CLAIMED).with_findings
    assert [(f.code, f.persistent_volume, f.grade) for f in workload.findings] == [
        ("docker-socket", "pv", Grade.LIKELY)
    ]


@pytest.mark.parametrize(
    ("volume", "claim"),
    [
        pytest.param({}, {"storageClassName: manual": "storageClassName: fast"}, id="another class"),
        pytest.param({}, {"storage: 3Gi": "storage: 11G"}, id="larger than the volume"),
        pytest.param({}, {"ReadWriteOnce": "ReadWriteMany"}, id="another mode"),
        pytest.param({}, {"resources:": "selector: {matchLabels: {kind: x}}, resources:"}, id="a selector"),
        pytest.param({}, {"spec: {": "spec: {volumeName: other, "}, id="another by name"),
        pytest.param({"spec: {": "spec: {claimRef: {name: other, namespace: shop}, "}, {}, id="reserved for another"),
        pytest.param({"spec: {": "spec: {volumeMode: Block, "}, {}, id="a raw device"),
    ],
)
def test_a_volume_that_does_not_fit_is_no_evidence(volume: dict[str, str], claim: dict[str, str]) -> None:
    texts = [VOLUME, CLAIM]
    for number, changes in enumerate((volume, claim)):
        for before, after in changes.items():
            assert before in texts[number]
            texts[number] = texts[number].replace(before, after)
    assert judge("".join(texts) + CLAIMED).with_findings == ()


def test_of_two_volumes_that_fit_nobody_knows_which_it_will_be() -> None:
    assert judge(VOLUME + VOLUME.replace("name: pv", "name: pv2") + CLAIM + CLAIMED).with_findings == ()


def test_a_volume_reserved_for_a_claim_without_a_namespace_is_its_own() -> None:
    volume = VOLUME.replace("spec: {", "spec: {claimRef: {name: c, namespace: shop}, ")
    claim, workload = (text.replace(", namespace: shop", "") for text in (CLAIM, CLAIMED))
    assert [name for name, *_ in found(judge(volume + claim + workload))] == ["Deployment/web"]


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        pytest.param("image: x", "image: 7", "m.yaml:10", id="a number for a text"),
        pytest.param("replicas: 0", "replicas: three", "m.yaml:5", id="a text for a number"),
        pytest.param("name: main", "name: null", "m.yaml:9", id="null for a name"),
        pytest.param(
            "        - name: main", "        - null\n        - name: main", "m.yaml:9", id="null for a container"
        ),
        pytest.param("labels: {team: storefront}", "labels: {version: 1.0}", "m.yaml:3", id="a number for a label"),
        pytest.param(
            "      volumes:\n", "      volumes:\n        - hostPath: {path: null}\n", "m.yaml:13", id="a hollow volume"
        ),
        pytest.param("  replicas: 0", "  selector: &s [*s2, {}]\n  x: &s2 1", None, id="broken anchors"),
        pytest.param("labels: {team: storefront}", "ownerReferences: [{}]", "m.yaml:3", id="a hollow reference"),
    ],
)
def test_a_field_of_a_wrong_type_costs_only_itself(before: str, after: str, place: str | None) -> None:
    assert before in DEPLOYMENT
    view = judge(DEPLOYMENT.replace(before, after) + "---\n" + DEPLOYMENT.replace("name: web", "name: other"))
    names = {name for name, *_ in found(view)}
    if place is None:
        assert names == {"shop/Deployment/other"}
        return
    assert names == {"shop/Deployment/web", "shop/Deployment/other"}
    assert [gap for gap, _ in problems(view)] == [place]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(CLEAN + "---\napiVersion: v1\nmetadata: {}\n", ("m.yaml:17", "no-kind"), id="no kind"),
        pytest.param(CLEAN + "---\na: [\n", ("m.yaml:17", "cut"), id="half a document"),
        pytest.param(b"\x7fELF\x02\x01\x01\x00" + b"\x00" * 100, ("m.yaml:1", "binary"), id="a program"),
        pytest.param(b"PK\x03\x04\x00\x00 kind: Pod", ("m.yaml:1", "binary"), id="an archive"),
        pytest.param("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n", ("m.yaml:1", "hollow"), id="no spec"),
        pytest.param(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {replicas: 3}\n",
            ("m.yaml:1", "hollow"),
            id="a patch",
        ),
        pytest.param(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n",
            ("m.yaml:4", "template"),
            id="a Helm template",
        ),
        pytest.param(
            '{{- if .Values.x }}\napiVersion: apps/v1\nkind: Deployment\n{{- end }}\n---\n{{ include "x" . }}\n',
            ("m.yaml:1", "template"),
            id="a Helm template that is told once",
        ),
        pytest.param(
            DEPLOYMENT.replace("image: x", 'image: "{{ .Values.image }}"').replace("docker.sock", "x"),
            ("m.yaml:1", "template"),
            id="a Helm template that happens to be YAML",
        ),
    ],
)
def test_what_cannot_be_judged_is_told(text: str | bytes, problem: tuple[str, str]) -> None:
    view = judge(text, DEPLOYMENT)
    assert problems(view) == [problem]
    assert [name for name, *_ in found(view)] == ["shop/Deployment/web"]


def test_a_chart_beside_manifests_is_none_and_no_gap() -> None:
    view = judge("apiVersion: v2\nname: shop\nversion: 1.0.0\n", DEPLOYMENT)
    assert problems(view) == []
    assert [name for name, *_ in found(view)] == ["shop/Deployment/web"]


def test_braces_of_workflows_rules_and_dashboards_are_no_templates() -> None:
    text = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: x}
spec:
  templates:
    - name: a
      container: {image: "x:{{inputs.parameters.tag}}", args: ["{{workflow.name}}"]}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: x}
spec: {groups: [{name: a, rules: [{annotations: {summary: "{{ $labels.pod }} {{ .Values.x }}"}}]}]}
"""
    assert judge(text).gaps == ()


def test_a_file_of_nothing_but_problems_is_told_shortly_and_the_next_one_is_judged() -> None:
    view = judge("a: [\n---\n" * 5000, DEPLOYMENT)
    assert len(view.gaps) == PROBLEMS + 1
    assert problems(view)[0] in [("m.yaml:1", "more"), ("m.yaml:1", "cut")]
    assert ("m.yaml:1", "more") in problems(view)
    assert [name for name, *_ in found(view)] == ["shop/Deployment/web"]


def test_secrets_are_not_looked_into_and_never_shown() -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: {a: hunter2, b: [1}\n"
    assert "hunter2" not in repr(judge(text, DEPLOYMENT).gaps)


@settings(max_examples=400, deadline=None)
@given(mutated(), st.booleans())
def test_whatever_becomes_of_a_manifest_it_is_judged_or_told_and_the_next_is_judged(
    text: bytes, is_first: bool
) -> None:
    view = judge(*((text, DEPLOYMENT) if is_first else (DEPLOYMENT, text)))
    assert ("shop/Deployment/web", "docker-socket", FIELD) in [item[:3] for item in found(view)]


JUNK = st.sampled_from(
    ["7", "null", "true", "[]", "{}", "[null]", "[[1]]", "{a: 1}", "'x'", "1e400", '"\\u202e"', "-0.5"]
)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 14), JUNK, st.integers(0, 14), JUNK)
def test_no_value_of_any_field_makes_the_judge_fail(line: int, junk: str, line2: int, junk2: str) -> None:
    rows = DEPLOYMENT.splitlines()
    for number, value in ((line, junk), (line2, junk2)):
        head, colon, _ = rows[number].partition(": ")
        rows[number] = f"{head}{colon}{value}" if colon else f"{rows[number].rstrip(':')}: {value}"
    judge("\n".join(rows) + "\n")
