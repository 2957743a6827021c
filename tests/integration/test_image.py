"""What deploy/Dockerfile makes, run as deploy/base runs it: by a user without rights, where nothing can be written.

No image is built: the Dockerfile's lines are carried out in a folder (`tests.integration.dockerfile` says what that
leaves out). The packages come from the package index, as in a build, so the first test takes most of a minute.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.adapters.http import MAX_BODY_BYTES
from bot.playground.slack import SlackSimulator
from tests.factories import DOCKER, make_node
from tests.integration.apiserver import ApiServer
from tests.integration.bots import Mode, ProcessBot, tokens_of
from tests.integration.dockerfile import Build, Container, RunError
from tests.integration.program import ROOT, unshim

DEPLOY = ROOT / "deploy"
TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
NO_INDEX = re.compile("No matching distribution|resolution|connection|timed out", re.IGNORECASE)

#: What pip is set up with where the tests run; a build on such a machine would be given the same.
PIP_ENV = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_CERT_"))}

POD: dict[str, Any] = yaml.safe_load((DEPLOY / "base" / "deployment.yaml").read_text())["spec"]["template"]["spec"]
(BOT,) = POD["containers"]


@pytest.fixture(scope="module")
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Container:
    """Carry out the Dockerfile, or skip where that cannot be done."""
    probe = ["unshare", "--mount", "setpriv", "--no-new-privs", "true"]
    reason = ""
    if (
        not sys.platform.startswith("linux")
        or os.geteuid() != 0
        or subprocess.run(probe, check=False, capture_output=True).returncode
    ):
        reason = "only root on Linux, allowed to mount, can change the root folder"
    else:
        build = Build(tmp_path_factory.mktemp("image"), ROOT, (DEPLOY / "Dockerfile.dockerignore").read_text(), PIP_ENV)
        try:
            return build.build((DEPLOY / "Dockerfile").read_text())
        except RunError as error:
            if not NO_INDEX.search(str(error)):
                raise
            reason = "no package index to install from"
    if request.config.getoption("--require-cluster"):
        pytest.fail(reason)
    pytest.skip(reason)


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of every file of a folder by its path."""
    found = ((path, path.lstat()) for path in folder.rglob("*"))
    return {str(path.relative_to(folder)): (stat.st_size, stat.st_mtime_ns) for path, stat in found}


def test_the_image_holds_all_of_the_program_and_nothing_else_of_the_repository(image: Container) -> None:
    held = {name for name in files_of(image.at("/app")) if "__pycache__" not in name}
    program = {f"{name}/{file}" for name in ("bot", "handlers") for file in files_of(ROOT / name)}
    assert held == {"bot", "handlers", *(file for file in program if "__pycache__" not in file)}


def test_every_module_is_compiled_for_the_python_of_the_image(image: Container) -> None:
    names = set(files_of(image.at("/app")))
    tag = f"cpython-{sys.version_info[0]}{sys.version_info[1]}"
    modules = [Path(name) for name in names if name.endswith(".py")]
    assert {str(path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc") for path in modules} <= names


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_demo_is_answered_in_the_image_as_in_the_checkout(image: Container, language: str) -> None:
    question = ("ask", "status", "--demo", "--lang", language)
    done = image.run(*question)
    assert (done.returncode, done.stdout, done.stderr) == (0, unshim(*question).out, "")


def test_without_tokens_the_image_ends_with_one_sentence(image: Container) -> None:
    done = image.run()
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "SLACK_BOT_TOKEN" in done.stderr


def test_the_image_cannot_write_to_itself(image: Container) -> None:
    """What the other tests take for granted."""
    python = "import os; [print(os.access(f, os.W_OK)) for f in ('/', '/app', '/app/bot/data', '/venv', '/etc')]"
    command = image.command(["python", "-c", python])
    assert set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()) == {"False"}


class Pod:
    """Starts the image as the pod of deploy/base: its command, user, mounts and ServiceAccount; ends all in the end."""

    def __init__(self, image: Container, cluster: ApiServer, slack: SlackSimulator, folder: Path) -> None:
        self.image = image
        self.tmp, self.data = folder / "tmp", folder / "data"
        self._slack = slack
        self._env = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(cluster.port)}
        account = folder / "account"
        account.mkdir()
        (account / "token").write_text(cluster.service_account_token("unshim", POD["serviceAccountName"]))
        (account / "ca.crt").write_bytes(cluster.ca_file.read_bytes())
        (account / "namespace").write_text("unshim")
        for made in (self.tmp, self.data):
            made.mkdir()
            made.chmod(0o777)  # as the kubelet makes an emptyDir
        mounts = {mount["mountPath"]: folder / mount["name"] for mount in BOT["volumeMounts"]}
        self._mounts = {TOKEN_FOLDER: account, **mounts}
        self._running = ExitStack()

    def start(self, mode: Mode = "socket") -> ProcessBot:
        """Start the bot and return it once it is ready."""
        env = {**self._env, **tokens_of(self._slack, mode), "UNSHIM_HTTP_HOST": "127.0.0.1", "UNSHIM_HTTP_PORT": "0"}
        command = self.image.command(
            [*self.image.entrypoint, *self.image.cmd],
            env=env,
            mounts=self._mounts,
            is_read_only=BOT["securityContext"]["readOnlyRootFilesystem"],
        )
        # The database is where the image says.
        bot = self._running.enter_context(ProcessBot(env={}, command=command))
        bot.wait_ready()
        return bot

    def close(self) -> None:
        """Kill what still runs."""
        self._running.close()


@pytest.fixture
def pod(image: Container, cluster: ApiServer, deployed: Path, slack: SlackSimulator, tmp_path: Path) -> Iterator[Pod]:
    """Yield what starts the bot in a cluster of the API server and in Slack."""
    pod = Pod(image, cluster, slack, tmp_path)
    yield pod
    pod.close()


def status_of(bot: ProcessBot) -> dict[str, str]:
    """Return what the kernel says of the process."""
    lines = Path(f"/proc/{bot.process.pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_the_image_answers_in_slack_about_the_cluster_it_runs_in(
    pod: Pod, slack: SlackSimulator, cluster: ApiServer
) -> None:
    """Logged in with the mounted token of the ServiceAccount, nothing else being set up."""
    cluster.create(make_node("docker-1", runtime=DOCKER, kubelet="v1.20.15"))
    pod.start()
    slack.command("status")
    (answer,) = slack.wait_messages(1)
    assert "1 of 1 node still runs on Docker" in answer.text


def test_the_image_writes_nothing_but_its_database(pod: Pod, slack: SlackSimulator) -> None:
    before = files_of(pod.image.root)
    pod.start()
    slack.command("export")
    slack.wait_for(lambda: slack.files)
    assert (files_of(pod.image.root), list(pod.tmp.iterdir())) == (before, [])
    assert {path.name for path in pod.data.iterdir()} == {"unshim.db", "unshim.db-shm", "unshim.db-wal"}


def test_the_bot_runs_without_rights(pod: Pod) -> None:
    status = status_of(pod.start())
    assert set(status["Uid"].split()) == {str(POD["securityContext"]["runAsUser"])}
    assert set(status["Gid"].split()) == {str(POD["securityContext"]["runAsGroup"])}
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb")} == {0}
    assert (status["Groups"], status["NoNewPrivs"]) == ("", "1")


def test_the_end_of_the_pod_is_well_within_its_grace_period(pod: Pod) -> None:
    bot = pod.start()
    bot.terminate()
    assert bot.wait(POD["terminationGracePeriodSeconds"] - 5) == 0


def test_the_bot_at_rest_takes_less_than_half_of_its_memory(
    pod: Pod, slack: SlackSimulator, note: Callable[[str], None]
) -> None:
    bot = pod.start()
    slack.command("status")
    slack.wait_messages(1)
    peak = int(status_of(bot)["VmHWM"].removesuffix(" kB")) / 1024
    note(f"the bot as a pod, of an almost empty cluster: {peak:.0f} MiB at most")
    assert peak < int(BOT["resources"]["limits"]["memory"].removesuffix("Mi")) / 2


def test_a_large_request_is_read_where_only_tmp_can_be_written(pod: Pod) -> None:
    """Its body waits in a file: without a folder for it the connection would end without an answer."""
    bot = pod.start("http")
    assert bot.request("POST", "/slack/events", b"x" * (MAX_BODY_BYTES - 1))[0] == 401
