"""What whoever checks a message is shown, word for word. ``make golden`` rewrites it; a person reads the diff."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from bot.adapters.slack_files import FILES, MAX_BYTES
from bot.app.checking import Checks
from bot.core.pasting import Attached
from bot.core.placing import Problem
from bot.render.blocks import Message
from bot.settings import Settings
from handlers.checking import Checking, from_check
from handlers.replies import Replies
from tests.unit.clusters import AS_OF, known
from tests.unit.conftest import Golden
from tests.unit.handlers.ports import Posted
from tests.unit.handlers.test_answering import answering
from tests.unit.handlers.test_checking import body
from tests.unit.render.slack_messages import check_message
from tests.unit.render.test_blocks import as_json

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: builder
spec:
  containers:
  - name: build
    image: registry.example.com/build:1
    volumeMounts:
    - {name: docker, mountPath: /run/docker.sock}
  volumes:
  - name: docker
    hostPath: {path: /var/run/docker.sock}
"""
CLEAN = POD.replace("/var/run/docker.sock", "/srv/data").replace("builder", "reports")
SHOP = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: log-agent, namespace: logging, labels: {team: observability}}
spec:
  template:
    spec:
      containers:
      - name: agent
        image: fluent/fluent-bit:1.8
        volumeMounts: [{name: logs, mountPath: /var/lib/docker/containers}, {name: run, mountPath: /host/run}]
      volumes:
      - {name: logs, hostPath: {path: /var/lib/docker/containers}}
      - {name: run, hostPath: {path: /var/run}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: image-prune, namespace: ci}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - name: prune
            image: docker:24-cli
            command: [sh, -c, "docker -H tcp://ci:hunter2@10.0.0.1:2375 image prune -f"]
            env: [{name: DOCKER_HOST, value: "tcp://ci:hunter2@10.0.0.1:2375"}, {name: PASSWORD, value: hunter2}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
"""
HALF = (
    POD
    + "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template: {spec: {containers: [\n"
)

#: What stands in for a file that Slack has: its contents, or why there are none.
Held = Mapping[str, bytes | Problem]

MESSAGES: dict[str, tuple[str, Held]] = {
    "found": (f"can somebody look?\n```{POD}```", {}),
    "several": (f"```{POD}```", {"shop.yaml": SHOP.encode(), "reports.yaml": CLEAN.encode()}),
    "clean": (f"```{CLEAN}```", {}),
    "half": (f"```{HALF}```", {}),
    "cut": (f"```{CLEAN}", {}),
    "nothing": ("the build is red again", {}),
    "no-manifest": ("", {"notes.txt": b"the build is red again\n", "values.yaml": b"replicas: 3\nimage: nginx\n"}),
    "large": ("", {"everything.yaml": Problem("too-large", {"n": MAX_BYTES // 2**20})}),
    "scope": (f"```{CLEAN}```", {"shop.yaml": Problem("slack-scope")}),
    "lost": (
        "",
        {
            "gone.yaml": Problem("slack-hidden"),
            "drive.yaml": Problem("slack-external"),
            "login.yaml": Problem("slack-login"),
            "slow.yaml": Problem("slack-down"),
            "mail": Problem("slack-page"),
            "picture.png": Problem("binary"),
            "sixth.yaml": Problem("slack-many", {"n": FILES}),
        },
    ),
}


class Slack:
    """Files as Slack hands them over."""

    def __init__(self, held: Held) -> None:
        self._held = held

    def read(self, files: Sequence[Attached]) -> Iterator[tuple[str, bytes | Problem]]:
        return ((file.name, self._held[file.name]) for file in files)


def shown(text: str, held: Held, language: str, **message: Any) -> Message:
    """Return what somebody is shown who chose the entry on such a message."""
    posted = Posted()
    settings = Settings(_env_file=None)
    checks = Checks(settings, known(), Slack(held), lambda: AS_OF)
    checking = Checking(answering(), Replies(posted), checks)
    files = [{"id": f"F{n}", "name": name} for n, name in enumerate(held)]
    checking.check(from_check(body(text=text, files=files, **message)), language)
    (sent,) = posted.sent
    assert (sent.via, sent.in_channel) == ("respond", False)
    assert sent.message is not None
    return sent.message


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", MESSAGES)
def test_the_message_of_a_check(name: str, language: str, golden: Golden) -> None:
    message = shown(*MESSAGES[name], language)
    check_message(message)
    assert "hunter2" not in as_json(message)
    golden.check(f"check-{name}.{language}.blocks.json", as_json(message))
