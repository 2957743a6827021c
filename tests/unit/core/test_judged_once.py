"""Why large clusters are cheap: each distinct template is judged once, and what says nothing is passed over."""

from unittest.mock import patch

import pytest
from hypothesis import given, settings

from bot.adapters import evidence
from bot.core.objects import Container, Evidence, Template, Volume
from bot.core.rules import Match, judge
from tests.factories import JsonObject, make_cronjob, make_dependents, make_deployment, make_pod
from tests.unit.clusters import flat, known, snapshot_of, view_of
from tests.unit.core.test_any_spec import spec

NODES = ["on-docker", "off-docker"] * 10
TOKEN = {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": True}


def alike(count: int, **options: str) -> list[JsonObject]:
    """Return Deployments of one pod spec, each with 20 pods that have a token volume of their own, as in a cluster."""
    deployments = [make_deployment(f"web-{n}", namespace=f"team-{n % 3}", env=options) for n in range(count)]
    objects = flat([[item, *make_dependents(item, NODES)] for item in deployments])
    for number, item in enumerate(objects):
        if item["kind"] == "Pod":
            name = f"kube-api-access-{number:05}"
            item["spec"]["volumes"] = [{"name": name, "projected": {"sources": []}}]
            item["spec"]["containers"][0]["volumeMounts"] = [{"name": name, **TOKEN}]
    return objects


@pytest.mark.parametrize(
    ("value", "templates"),
    [
        pytest.param("docker.io/shop", 3, id="something is kept of what the 240 pods are told"),
        pytest.param("shop", 2, id="nothing is, and so they equal the CronJob"),
    ],
)
def test_equal_templates_are_judged_once(value: str, templates: int) -> None:
    with (
        patch("bot.core.judging.judge", wraps=judge) as judging,
        patch("bot.adapters.evidence._may_be", wraps=evidence._may_be) as looking,
    ):
        other = make_cronjob("other", command=["true"])
        view = view_of(*alike(12, REGISTRY=value), other, make_pod("third", host_paths={"/run/docker.sock": "/s"}))
    assert sum(workload.pods.total for workload in view.workloads) == 12 * 20 + 1
    judged, looked = ([call.args[0] for call in spy.call_args_list] for spy in (judging, looking))
    assert (len(judged), len(set(judged))) == (templates, templates)
    assert len(looked) == len(set(looked)) > 1


def slowly(template: Template) -> tuple[Match, ...]:
    """Return what the rules say of a template, however it looks at a glance."""
    with patch("bot.core.rules.says_nothing", return_value=False):
        return judge(template, known().agents)


@settings(max_examples=300, deadline=None)
@given(spec)
def test_a_glance_hides_nothing(pod_spec: JsonObject) -> None:
    (pod,) = snapshot_of(make_pod("odd", spec=pod_spec)).pods
    assert judge(pod.template, known().agents) == slowly(pod.template)


IMAGES = [image for agent in known().agents.known for image in agent.images]
OTHERS = ["docker:dind", "docker:24", "x/y-docker-cli:1", "a/dind", "mydind", "runner:v2-dind", "nvidia/nvidia-docker2"]


@pytest.mark.parametrize("image", [*IMAGES, *OTHERS, "nvidia/container-toolkit:1.14", "shop", "docker.io/shop", ""])
@pytest.mark.parametrize("tag", ["", ":1.2.3", "@sha256:0123"])
def test_no_image_is_passed_over_that_a_rule_knows(image: str, tag: str) -> None:
    for is_open in (False, True):
        container = Container("main", "containers[0]", image + tag, privileged=is_open)
        template = Template(containers=(container,), host_pid=is_open, host_network=is_open)
        assert judge(template, known().agents) == slowly(template)


@pytest.mark.parametrize(
    "template",
    [
        Template(containers=(Container("main", "containers[0]", "shop", apparmor=("docker-default", "x")),)),
        Template(containers=(Container("main", "containers[0]", "shop"),), runtime_class="d", runtime_handler="docker"),
        Template(volumes=(Volume("v", "volumes[0].hostPath.path", "/run/docker.sock"),)),
        Template(containers=(Container("m", "containers[0]", "x", evidence=Evidence(command=("docker", "ps"))),)),
    ],
)
def test_everything_else_that_a_rule_looks_at_is_seen_at_a_glance(template: Template) -> None:
    assert judge(template, known().agents) == slowly(template) != ()
