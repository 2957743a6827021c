"""Pod specs in kinds nobody has told us of: found by their shape, with the fields as they stand in the file."""

from typing import Any

import pytest

from tests.unit.manifests.judging import found, judge, problems

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


HEAD = "apiVersion: x.y/v1\nkind: Agent\nmetadata: {name: a}\nspec:\n"
VOLUMES = f"volumes: [{SOCKET}]"


@pytest.mark.parametrize(
    ("spec", "line", "field"),
    [
        pytest.param(
            f"  image: agent:1\n  {VOLUMES}\n  {MOUNT}",
            6,
            "spec.volumes[0].hostPath",
            id="volumes beside an image, as in an AmazonCloudWatchAgent",
        ),
        pytest.param(
            """\
  definition:
    image: chaos:1
    command: [sh]
    hostFileVolumes:
      - {name: s, mountPath: /s, nodePath: /run/docker.sock}""",
            9,
            "spec.definition.hostFileVolumes[0].nodePath",
            id="files of the node by name, as in a ChaosExperiment",
        ),
        pytest.param(
            f"  kafka:\n    template:\n      pod:\n        {VOLUMES}\n      kafkaContainer: {{env: []}}",
            8,
            "spec.kafka.template.pod.volumes[0].hostPath",
            id="a pod in parts, as in Strimzi's Kafka",
        ),
        pytest.param(
            f"  template: {{spec: {{containers: [{{name: c, image: a}}]}}}}\n  extra:\n    {VOLUMES}",
            7,
            "spec.extra.volumes[0].hostPath",
            id="beside a pod spec",
        ),
        pytest.param(
            "  values:\n    extraVolumes:\n      - {name: v, hostPath: /run/docker.sock}",
            7,
            "spec.values.extraVolumes[0].hostPath",
            id="a text, as charts have it",
        ),
        pytest.param(
            "  a: {hostPath: {path: /a}}\n  b: {hostPath: {path: /b}}", 5, "spec.a.hostPath", id="the first of several"
        ),
    ],
)
def test_a_folder_of_the_node_in_no_pod_spec_is_told_to_be_unjudged(spec: str, line: int, field: str) -> None:
    view = judge(f"{HEAD}{spec}\n")
    assert view.with_findings == ()
    assert problems(view) == [(f"m.yaml:{line}", "host-path")]
    (gap,) = view.gaps
    assert gap.problem is not None
    assert gap.problem.values == {"name": "Agent/a", "field": field}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            f"apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {{name: x}}\nspec:\n  {VOLUMES}\n"
            f"  templates: [{{name: s, container: {{image: b}}}}, {{name: t, container: {{image: a, {MOUNT}}}}}]",
            id="volumes that one of the pod specs below them mounts",
        ),
        pytest.param(
            f"apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {{name: x}}\nspec:\n  {VOLUMES}\n"
            f"  steps: [{{name: t, image: a, {MOUNT}}}]",
            id="volumes of steps",
        ),
        pytest.param(
            "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: x}\n"
            "spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /data}}",
            id="PersistentVolume",
        ),
        pytest.param(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\n"
            "spec: {versions: [{schema: {volumes: [{hostPath: {path: /a}}]}}]}",
            id="CustomResourceDefinition",
        ),
        pytest.param(
            "apiVersion: templates.example.com/v1\nkind: Schema\nmetadata: {name: x}\n"
            "spec: {properties: {hostPath: {type: object, properties: {path: {type: string}}},"
            " volumes: {items: {properties: {hostPath: {type: object, required: [path]}}}}}}",
            id="a schema of another kind",
        ),
        pytest.param(
            "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: x}\n"
            "spec: {volumes: [hostPath, secret], allowedHostPaths: [{pathPrefix: /var/run}]}",
            id="PodSecurityPolicy",
        ),
        pytest.param(
            "apiVersion: security.openshift.io/v1\nkind: SecurityContextConstraints\nmetadata: {name: x}\n"
            "allowHostDirVolumePlugin: true\nvolumes: [hostPath]",
            id="SecurityContextConstraints",
        ),
        pytest.param(
            "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: x}\n"
            "parameters: {hostPath: /data, nodePath: /data, basePath: /var/openebs}",
            id="StorageClass",
        ),
        pytest.param(
            "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sPSPHostFilesystem\nmetadata: {name: x}\n"
            "spec: {parameters: {allowedHostPaths: [{pathPrefix: /var}], hostPath: {path: /run}}}",
            id="Gatekeeper",
        ),
        pytest.param(
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: x}\n"
            "spec: {rules: [{validate: {pattern: {spec: {volumes: [{hostPath: {path: '!/run/docker.sock'}}]}}}}]}",
            id="Kyverno",
        ),
        pytest.param(
            f"{HEAD}  volumes: [{{name: v, emptyDir: {{}}}}, {{name: c, persistentVolumeClaim: {{claimName: c}}}}]\n"
            f"  {MOUNT}\n  env: [{{name: A, value: docker}}]\n  containers: [{{name: c, image: a}}]",
            id="mounts beside the containers of nothing of the node",
        ),
        pytest.param(f"{HEAD}  volumes: [{{name: v, emptyDir: {{}}}}, {{name: w, hostPath: {{}}}}]", id="no path"),
        pytest.param(f"{HEAD}  volumes: {{size: 1Gi}}\n  hostPath: true", id="other things of that name"),
    ],
)
def test_other_folders_and_what_only_speaks_of_them_are_no_gap(text: str) -> None:
    assert judge(f"{text}\n").gaps == ()


@pytest.mark.parametrize(
    ("spec", "line", "key", "field"),
    [
        pytest.param(
            f"  {VOLUMES}\n  {MOUNT}\n  containers: [{{name: sidecar, image: a}}]",
            5,
            "host-path",
            "spec.volumes[0].hostPath",
            id="mounted by an operator's own container, as in a Prometheus with a sidecar",
        ),
        pytest.param(
            f"  {VOLUMES}\n  {MOUNT}\n  initContainers: [{{name: i, image: a}}]",
            5,
            "host-path",
            "spec.volumes[0].hostPath",
            id="as in an OpenTelemetryCollector with an init container",
        ),
        pytest.param(
            f"  {VOLUMES}\n  stepTemplate: {{{MOUNT}}}\n  steps: [{{name: s, image: a}}]",
            5,
            "host-path",
            "spec.volumes[0].hostPath",
            id="mounted by the template of the steps of a Tekton Task",
        ),
        pytest.param(
            f"  {VOLUMES}\n  templates: [{{name: t, container: {{image: a}}}}]",
            5,
            "host-path",
            "spec.volumes[0].hostPath",
            id="above pod specs, of which none mounts it",
        ),
        pytest.param(
            f"  containers: [{{name: c, image: a}}]\n  thanos:\n    {VOLUMES}",
            7,
            "host-path",
            "spec.thanos.volumes[0].hostPath",
            id="elsewhere below what holds the containers",
        ),
        pytest.param(
            f"  template:\n    spec:\n      image: b\n      {VOLUMES}\n      {MOUNT}\n"
            "      containers: [{name: c, image: a}]",
            8,
            "host-path",
            "spec.template.spec.volumes[0].hostPath",
            id="a template that is a container, too, as in a RunnerDeployment",
        ),
        pytest.param(
            "  stepTemplate:\n    env: [{name: DOCKER_HOST, value: 'unix:///var/run/docker.sock'}]\n"
            "  steps: [{name: s, image: a}]",
            6,
            "beside",
            "spec.stepTemplate.env[0]",
            id="DOCKER_HOST for all steps",
        ),
        pytest.param(
            "  image: a\n  extraEnv: {DOCKER_HOST: 'unix:///var/run/docker.sock'}",
            6,
            "beside",
            "spec.extraEnv.DOCKER_HOST",
            id="DOCKER_HOST of no container at all",
        ),
    ],
)
def test_what_stands_beside_the_containers_is_never_said_to_be_harmless(
    spec: str, line: int, key: str, field: str
) -> None:
    view = judge(f"{HEAD}{spec}\n")
    assert found(view) == []
    assert problems(view) == [(f"m.yaml:{line}", key)]
    (gap,) = view.gaps
    assert gap.problem is not None
    assert gap.problem.values == {"name": "Agent/a", "field": field}


def test_a_mount_beside_the_containers_is_told_also_where_one_of_them_mounts_the_volume() -> None:
    view = judge(f"{HEAD}  {VOLUMES}\n  {MOUNT}\n  containers: [{{name: c, image: a, {MOUNT}}}]\n")
    assert [code for _, code, _, _ in found(view)] == ["docker-socket"]
    assert problems(view) == [("m.yaml:6", "beside")]


def test_a_claim_that_leads_to_the_node_and_that_no_known_container_mounts_is_told() -> None:
    volume = """\
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv}
spec: {hostPath: {path: /var/lib/docker}, claimRef: {name: c}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: c}
spec: {volumeName: pv}
---
"""
    claims = "volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]"
    view = judge(f"{volume}{HEAD}  {claims}\n  {MOUNT}\n  containers: [{{name: c, image: a}}]\n")
    assert found(view) == []
    assert problems(view) == [("m.yaml:15", "host-path")]


@pytest.mark.parametrize(
    ("template", "field"),
    [
        pytest.param(
            f"containerSet: {{{MOUNT}, containers: [{{name: b, image: a}}]}}", "spec.volumes[0].hostPath.path", id="set"
        ),
        pytest.param(
            f"initContainers: [{{name: i, image: a}}], containerSet: {{{MOUNT}, containers: [{{name: b, image: a}}]}}",
            "spec.volumes[0].hostPath.path",
            id="beside init containers",
        ),
        pytest.param(
            f"initContainers: [{{name: i, image: a}}], container: {{name: b, image: a, {MOUNT}}}",
            "spec.volumes[0].hostPath.path",
            id="one container beside init containers",
        ),
    ],
)
def test_the_containers_of_an_argo_template_are_read_wherever_it_has_them(template: str, field: str) -> None:
    view = judge(f"{HEAD}  {VOLUMES}\n  templates: [{{name: t, {template}}}]\n")
    assert found(view) == [("Agent/a", "docker-socket", field, "m.yaml:5")]
    assert view.with_findings[0].findings[0].containers == ("b",)
    assert view.gaps == ()


def test_a_whole_pod_template_that_does_not_mount_its_volume_may_do_without() -> None:
    view = judge(f"{HEAD}  template: {{spec: {{containers: [{{name: c, image: a}}], {VOLUMES}}}}}\n")
    (finding,) = view.with_findings[0].findings
    assert (finding.reason, view.gaps) == ("unmounted", ())
