"""Never a danger: what a spec keeps in variables, commands and annotations is in no answer."""

import json

from bot.render.data import scan_data
from bot.render.text import to_text
from bot.render.views.scan import compose as compose_scan
from tests.factories import make_cronjob, make_dependents, make_deployment, make_node, make_pod
from tests.unit.clusters import catalogue, json_of, mrkdwn_of, text_of, view_of

SECRET = "hunter2-s3cret"
SOCKET = {"/var/run/docker.sock": "/s"}


def test_a_planted_secret_is_in_no_answer() -> None:
    deployment = make_deployment(
        "builder",
        env={"PASSWORD": SECRET, "DOCKER_HOST": f"tcp://user:{SECRET}@10.0.0.1:2375", "TOKEN": SECRET},
        command=["docker", "login", f"--password={SECRET}"],
        args=["--token", SECRET],
        annotations={"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"password": SECRET})},
        labels={"token": SECRET},
        host_paths=SOCKET,
        sidecars=[{"name": "x", "image": "docker:dind", "env": [{"name": "KEY", "value": SECRET}]}],
    )
    pod = make_pod("bare", env={"PASSWORD": SECRET}, annotations={"note": SECRET}, host_paths={"/var/run": "/r"})
    cron_job = make_cronjob("nightly", args=[SECRET], host_paths={"/etc/docker": "/d"})
    node = make_node(runtime="docker://20.10", annotations={"secret": SECRET}, labels={"secret": SECRET})
    view = view_of(node, deployment, make_dependents(deployment, ["node-1"]), pod, cron_job)
    assert len(view.with_findings) == 3
    scan = compose_scan(view, view.with_findings, catalogue("en"))
    shown = [to_text(scan), json.dumps(scan_data(view, view.with_findings, catalogue("en"))), repr(view)]
    questions = ["status", "pods", "nodes", "status node-1", "milestones", "guide", "help"]
    for text in [*questions, *(f"explain {workload.key.full_name}" for workload in view.workloads)]:
        shown += [text_of(view, text), mrkdwn_of(view, text), json.dumps(json_of(view, text))]
    assert not any(SECRET in text for text in shown)
