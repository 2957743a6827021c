"""Pod specs in kinds nobody has told us of: found by their shape, with the fields as they stand in the file."""

from typing import Any

import pytest

from tests.unit.manifests.judging import found, judge

MOUNT = "volumeMounts: [{name: v, mountPath: /v}]"
SOCKET = "{name: v, hostPath: {path: /run/docker.sock}}"


@pytest.mark.parametrize(
    ("text", "field", "line", "container"),
    [
        pytest.param(
            f"""\
apiVersion: apps.kruise.io/v1alpha1
kind: CloneSet
metadata: {{name: x}}
spec:
  template:
    spec:
      containers: [{{name: main, image: a, {MOUNT}}}]
      volumes:
        - {SOCKET}
""",
            "spec.template.spec.volumes[0].hostPath.path",
            9,
            "main",
            id="a pod template, as in a CloneSet or Rollout",
        ),
        pytest.param(
            f"""\
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {{name: x}}
spec:
  template:
    spec:
      containers:
        - image: a
          {MOUNT}
      volumes: [{SOCKET}]
""",
            "spec.template.spec.volumes[0].hostPath.path",
            10,
            "containers[0]",
            id="containers without names, as in Knative",
        ),
        pytest.param(
            f"""\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {{generateName: x}}
spec:
  volumes: [{{name: other, emptyDir: {{}}}}, {SOCKET}]
  templates:
    - name: steps
      steps: [[{{name: a, template: build}}]]
    - name: build
      container:
        image: a
        {MOUNT}
""",
            "spec.volumes[1].hostPath.path",
            5,
            "build",
            id="a container of an Argo Workflow, volumes beside its templates",
        ),
        pytest.param(
            f"""\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {{name: x}}
spec:
  workflowSpec:
    templates:
      - name: build
        script: {{image: a, source: ls}}
        sidecars:
          - {{name: side, image: b, {MOUNT}}}
        volumes:
          - {SOCKET}
""",
            "spec.workflowSpec.templates[0].volumes[0].hostPath.path",
            12,
            "side",
            id="a sidecar of an Argo script",
        ),
        pytest.param(
            f"""\
apiVersion: tekton.dev/v1
kind: Task
metadata: {{name: x}}
spec:
  steps:
    - name: build
      image: a
      {MOUNT}
  volumes:
    - {SOCKET}
""",
            "spec.volumes[0].hostPath.path",
            10,
            "build",
            id="a step of a Tekton Task",
        ),
        pytest.param(
            f"""\
apiVersion: batch.volcano.sh/v1alpha1
kind: Job
metadata: {{name: x}}
spec:
  tasks:
    - template: {{spec: {{containers: [{{name: a, image: a}}]}}}}
    - template:
        spec:
          containers: [{{name: b, image: a, {MOUNT}}}]
          volumes: [{SOCKET}]
""",
            "spec.tasks[1].template.spec.volumes[0].hostPath.path",
            10,
            "b",
            id="the second task of a Volcano Job",
        ),
        pytest.param(
            f"""\
apiVersion: v1
kind: PodTemplate
metadata: {{name: x}}
template:
  spec:
    containers: [{{name: b, image: a, {MOUNT}}}]
    volumes: [{SOCKET}]
""",
            "template.spec.volumes[0].hostPath.path",
            7,
            "b",
            id="a PodTemplate",
        ),
        pytest.param(
            f"""\
apiVersion: example.com/v1
kind: Runner
metadata: {{name: x}}
containers: [{{name: b, image: a, {MOUNT}}}]
volumes: [{SOCKET}]
""",
            "volumes[0].hostPath.path",
            5,
            "b",
            id="containers at the top",
        ),
        pytest.param(
            f"""\
apiVersion: v1
kind: Pod
metadata: {{name: x}}
spec:
  initContainers: [{{name: b, image: a, {MOUNT}}}]
  containers: [{{name: main, image: a}}]
  volumes: [{SOCKET}]
""",
            "spec.volumes[0].hostPath.path",
            7,
            "b",
            id="a Pod",
        ),
    ],
)
def test_a_pod_spec_is_found_wherever_it_stands(text: str, field: str, line: int, container: str) -> None:
    view = judge(text)
    (workload,) = view.with_findings
    (finding,) = workload.findings
    assert (finding.code, finding.field, finding.containers) == ("docker-socket", field, (container,))
    assert finding.place is not None
    assert finding.place.text == f"m.yaml:{line}"
    assert workload.key.kind == text.splitlines()[1].removeprefix("kind: ")
    assert workload.pods.total == workload.pods.exposed == 0
    assert view.gaps == ()


def test_an_image_of_a_step_has_its_own_field() -> None:
    text = """\
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: x}
spec:
  steps:
    - {name: a, image: alpine}
  sidecars:
    - image: docker:dind
"""
    (finding,) = judge(text).with_findings[0].findings
    assert (finding.field, finding.containers) == ("spec.sidecars[0].image", ("sidecars[0]",))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "kind: ConfigMap\nmetadata: {name: x}\ndata: {containers: [{name: a, image: 'docker:dind'}]}",
            id="ConfigMap",
        ),
        pytest.param("kind: Secret\nmetadata: {name: x}\ncontainers: [{name: a, image: 'docker:dind'}]", id="Secret"),
        pytest.param(
            "kind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {containers: [{image: 'docker:dind'}]}",
            id="schema of a kind",
        ),
        pytest.param("kind: Service\nmetadata: {name: x}\nspec: {ports: [{name: docker, port: 2375}]}", id="Service"),
        pytest.param("kind: X\nmetadata: {name: x}\nspec: {containers: [a, b], steps: [{name: a}]}", id="other lists"),
        pytest.param("kind: X\nmetadata: {name: x}\nspec: {container: docker:dind}", id="a text"),
    ],
)
def test_what_is_no_pod_spec_is_left_alone(text: str) -> None:
    view = judge(f"apiVersion: x/v1\n{text}\n")
    assert (view.workloads, view.gaps) == ((), ())


def test_two_objects_of_one_name_and_kind_in_other_groups_do_not_mix() -> None:
    pod: Any = f"{{containers: [{{name: b, image: a, {MOUNT}}}], volumes: [{SOCKET}]}}"
    text = f"""\
apiVersion: batch/v1
kind: Job
metadata: {{name: x}}
spec: {{template: {{spec: {pod}}}}}
---
apiVersion: batch.volcano.sh/v1alpha1
kind: Job
metadata: {{name: x}}
spec: {{tasks: [{{template: {{spec: {pod}}}}}]}}
"""
    assert found(judge(text)) == [
        ("Job/x", "docker-socket", "spec.template.spec.volumes[0].hostPath.path", "m.yaml:4"),
        ("Job/x", "docker-socket", "spec.tasks[0].template.spec.volumes[0].hostPath.path", "m.yaml:9"),
    ]
