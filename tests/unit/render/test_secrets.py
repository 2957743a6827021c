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
    script = f"#!/bin/sh\ncurl -H 'Authorization: {SECRET}' x\ndocker login -u me -p {SECRET} registry.example.com\n"
    hooks = {
        "command": ["sh", "-c", f"docker -H tcp://me:{SECRET}@10.0.0.1:2375 ps"],
        "args": [f"--docker-endpoint=tcp://me:{SECRET}@10.0.0.1:2375", f"--parser docker --key={SECRET}"],
        "livenessProbe": {"exec": {"command": ["docker", "exec", "x", "psql", f"postgres://me:{SECRET}@db/x"]}},
        "env": [
            {"name": "STARTUP_SCRIPT", "value": script},
            {"name": "DOCKER_CERT_PATH", "value": f"https://me:{SECRET}@certs.example.com"},
            {"name": "CONTAINER_RUNTIME_ENDPOINT", "value": f"tcp://me:{SECRET}@10.0.0.1/dockershim.sock"},
            {"name": "FLUENT_BIT", "value": f"Parser docker\nPassword {SECRET}"},
            {"name": "STATSD", "value": f"172.17.0.1:{SECRET}"},
        ],
        "name": "hooks",
        "image": f"registry-auth.twistlock.com/tw_{SECRET.replace('-', '')}abcdefgh/twistlock/defender:1",
    }
    spec = {"containers": [hooks], "volumes": [{"name": "r", "hostPath": {"path": "/var/run"}}]}
    pod = make_pod("bare", annotations={"note": SECRET}, spec=spec)
    cron_job = make_cronjob("nightly", args=[SECRET], host_paths={"/etc/docker": "/d"})
    node = make_node(runtime="docker://20.10", annotations={"secret": SECRET}, labels={"secret": SECRET})
    view = view_of(node, deployment, make_dependents(deployment, ["node-1"]), pod, cron_job)
    assert len(view.with_findings) == 3
    scan = compose_scan(view, view.with_findings, catalogue("en"))
    shown = [to_text(scan), json.dumps(scan_data(view, view.with_findings, catalogue("en"))), repr(view)]
    questions = ["status", "pods", "nodes", "status node-1", "milestones", "guide", "help"]
    for text in [*questions, *(f"explain {workload.key.full_name}" for workload in view.workloads)]:
        shown += [text_of(view, text), mrkdwn_of(view, text), json.dumps(json_of(view, text))]
    assert not any(SECRET in text or SECRET.replace("-", "") in text for text in shown)
    found = {finding.code for workload in view.workloads for finding in workload.findings}
    assert {
        "docker-host-env",
        "docker-cli",
        "runtime-setting",
        "docker-log-parser",
        "docker-bridge",
        "known-agent",
    } <= found
