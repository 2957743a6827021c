"""Each distinct template is judged once, what a container runs is looked into once: so large clusters are cheap."""

from unittest.mock import patch

import pytest

from bot.adapters import evidence
from bot.core.rules import judge
from tests.factories import JsonObject, make_cronjob, make_dependents, make_deployment, make_pod
from tests.unit.clusters import flat, view_of

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
        patch("bot.core.assess.judge", wraps=judge) as judging,
        patch("bot.adapters.evidence._may_be", wraps=evidence._may_be) as looking,
    ):
        other = make_cronjob("other", command=["true"])
        view = view_of(*alike(12, REGISTRY=value), other, make_pod("third", host_paths={"/run/docker.sock": "/s"}))
    assert sum(workload.pods.total for workload in view.workloads) == 12 * 20 + 1
    judged, looked = ([call.args[0] for call in spy.call_args_list] for spy in (judging, looking))
    assert (len(judged), len(set(judged))) == (templates, templates)
    assert len(looked) == len(set(looked)) > 1
