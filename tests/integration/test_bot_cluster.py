"""The whole bot and its cluster: complete answers as the shipped ServiceAccount, honest ones when the cluster fails."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.newest import FIRST_READ_SECONDS
from bot.app import Source, now
from bot.playground.slack import Message, SlackSimulator, live_tokens
from tests.factories import make_daemonset, make_dependents, make_deployment, make_namespace, make_node, make_pod
from tests.integration.apiserver import MERGE_PATCH, ApiServer
from tests.integration.bots import Mode, ThreadBot, database_url
from tests.integration.faulty import LISTS, FaultyServer, silence, status
from tests.unit.render.hostile import URLS, check_mrkdwn

SOCKET = {"/var/run/docker.sock": "/var/run/docker.sock"}
DOCKER = "docker://20.10.24"

#: One question of each kind.
EVERY = (
    "status",
    "status old",
    "nodes",
    "pods",
    "pods web",
    "explain web/shop",
    "milestones",
    "guide",
    "export",
    "help",
)


def ask(slack: SlackSimulator, words: str, seconds: float = 5.0) -> Message:
    """Return the ephemeral answer to a command; the file of an export comes before it, on its own."""
    before = len(slack.messages)
    slack.command(words)
    slack.wait_for(lambda: any(message.via == "response_url" for message in slack.messages[before:]), seconds)
    return next(message for message in slack.messages[before:] if message.via == "response_url")


def ask_until(
    slack: SlackSimulator, holds: Callable[[str], bool], words: str = "status", seconds: float = 15.0
) -> None:
    """Ask until something holds of the answer. Raises: AssertionError: it did not in time."""
    until = time.monotonic() + seconds
    while not holds(text := ask(slack, words).text):
        assert time.monotonic() < until, text
        time.sleep(0.1)


@pytest.fixture
def mixed(cluster: ApiServer, deployed: Path) -> Source:
    """Create a small cluster with Docker in one pool; return the login of the shipped ServiceAccount."""
    for name in ("docker-1", "docker-2"):
        cluster.create(make_node(name, runtime=DOCKER, kubelet="v1.20.15", labels={"agentpool": "old"}))
    cluster.create(make_node("moved-1", labels={"agentpool": "new"}))
    cluster.create(make_namespace("web", labels={"team": "shop"}))
    shop = make_deployment("shop", namespace="web", replicas=2, host_paths=SOCKET)
    for made in (shop, *make_dependents(shop, ["docker-1", "moved-1"])):
        cluster.create(made)
    return Source(kubeconfig=str(deployed))


def test_the_shipped_service_account_is_enough_for_every_command(
    slack: SlackSimulator, mode: Mode, mixed: Source
) -> None:
    with ThreadBot(slack, mode, mixed) as bot:
        texts = {words: ask(slack, words).text for words in EVERY}
        assert bot.metric("unshim_view_age_seconds") < 60
    for words in EVERY:
        if words not in ("help", "guide"):
            assert "complete: all 13 kinds were read." in texts[words], words
            assert "NOT complete" not in texts[words]
    assert texts["status"].startswith("2 of 3 nodes still run on Docker; 1 workload at risk.")
    assert texts["status old"].startswith("Pool `old`: all 2 nodes still run on Docker")
    assert texts["explain web/shop"].startswith("`web/Deployment/shop` is at risk")


def test_a_change_in_the_cluster_is_seen_in_an_answer(
    slack: SlackSimulator, mixed: Source, cluster: ApiServer, note: Callable[[str], None]
) -> None:
    with ThreadBot(slack, "socket", mixed, refresh_seconds=0.5):
        assert ask(slack, "status").text.startswith("2 of 3 nodes")
        node = make_node("docker-2", kubelet="v1.25.16")
        info = {"status": {"nodeInfo": node["status"]["nodeInfo"]}}
        cluster.request("PATCH", "/api/v1/nodes/docker-2/status", info, content_type=MERGE_PATCH)
        started = time.monotonic()
        while not ask(slack, "status").text.startswith("1 of 3 nodes"):
            assert time.monotonic() - started < 10
        note(f"a node off Docker seen in an answer after {time.monotonic() - started:.1f} s, read every 0.5 s")


def test_a_node_that_moved_is_told_with_its_moment_and_one_that_did_so_unseen_with_the_two_around_it(
    slack: SlackSimulator, mixed: Source, cluster: ApiServer
) -> None:
    """The second of them moves, and a third leaves, while no bot is running."""

    def move(name: str, kubelet: str) -> None:
        info = {"status": {"nodeInfo": make_node(name, kubelet=kubelet)["status"]["nodeInfo"]}}
        cluster.request("PATCH", f"/api/v1/nodes/{name}/status", info, content_type=MERGE_PATCH)

    def told(name: str) -> str:
        return ask(slack, f"explain node/{name}").text

    def wait_for(what: str, name: str) -> str:
        until = time.monotonic() + 15
        while what not in (found := told(name)):
            assert time.monotonic() < until, found
            time.sleep(0.2)
        return found

    options: dict[str, Any] = {"database_url": database_url(), "refresh_seconds": 0.3, "tick_seconds": 0.1}
    with ThreadBot(slack, "socket", mixed, **options) as bot:
        slack.wait_for(lambda: bot.metric("unshim_store_up") == 1)
        assert "History" not in told("docker-1")
        time.sleep(1)  # until the nodes were recorded once
        move("docker-1", "v1.24.2")
        found = wait_for("moved from dockershim to containerd", "docker-1")
        assert re.search(r"containerd \d+ seconds? ago \(20", found)
        assert "kubelet `v1.20.15` → `v1.24.2`" in found
    move("docker-2", "v1.25.16")
    cluster.request("DELETE", "/api/v1/nodes/moved-1")
    with closing(sqlite3.connect(options["database_url"].removeprefix("sqlite:///"))) as database, database:
        database.execute("update nodes_read set as_of = datetime(as_of, '-2 hours')")  # for so long the bot was down
    with ThreadBot(slack, "socket", mixed, **options):
        wait_for("moved from dockershim to containerd between ", "docker-2")
        assert re.search(r"from dockershim to containerd \d+ seconds? ago", told("docker-1"))
        assert re.search(r"^`?moved-1`? is not in the cluster any more: it left between ", told("moved-1"))


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    """Yield an API server that is healthy until a test says otherwise."""
    with FaultyServer() as running:
        yield running


@pytest.fixture
def source(server: FaultyServer, tmp_path: Path) -> Source:
    """Return its login."""
    return Source(kubeconfig=str(server.kubeconfig(tmp_path / "config")))


def test_a_cluster_that_fails_later_leaves_answers_with_their_age_and_the_reason(
    slack: SlackSimulator, server: FaultyServer, source: Source
) -> None:
    with ThreadBot(slack, "socket", source, refresh_seconds=0.1, stale_seconds=3.0) as bot:
        assert "No newer read" not in ask(slack, "status").text
        server.answers["*"] = status(500)
        text = bot.wait_readyz(lambda code, _: code == 503)
        assert text == "cluster: no view, or an old one\n"
        slack.wait_for(lambda: 'unshim_read_failures_total{cause="server-error"' in bot.get("/metrics")[1])
        for words in ("status", "nodes", "pods", "milestones", "explain default/web", "export"):
            # Each is as old as the kinds it comes from, and not all were heard at the same moment.
            ask_until(slack, lambda old: "This is how the cluster was" in old and "No newer read since" in old, words)
        assert bot.metric("unshim_view_age_seconds") > 3.0
        server.answers.clear()
        bot.wait_ready()
        ask_until(slack, lambda text: "No newer read" not in text)  # each kind is heard again for itself


def test_an_outage_is_told_once_it_is_over_with_what_changed_meanwhile(
    slack: SlackSimulator, server: FaultyServer, source: Source
) -> None:
    """The clock goes on by a quarter of an hour while the server fails for some seconds."""
    hurried = timedelta()
    server.items["Node"] = [make_node("one", runtime=DOCKER, kubelet="v1.20.15")]

    def shown(what: str, words: str = "status") -> str:
        until = time.monotonic() + 15
        while what not in (found := ask(slack, words).text):
            assert time.monotonic() < until, found
            time.sleep(0.1)
        return found

    with ThreadBot(slack, "socket", source, refresh_seconds=0.1, clock=lambda: now() + hurried) as bot:
        assert "Nothing was seen" not in shown("1 node still runs on Docker")
        server.answers["*"] = status(503)
        shown("No newer read since")
        server.items["Node"] = [make_node("one")]
        slack.wait_for(lambda: all(f'"server-error",resource="{kind}"' in bot.get("/metrics")[1] for kind in LISTS), 30)
        hurried = timedelta(minutes=15)
        server.answers.clear()
        again = shown("Nothing was seen from ")
        assert "No newer read" not in again
        assert re.search(r"Nothing was seen from .{5,20} to .{5,20} UTC; what changed meanwhile: `/runtime chan", again)
        bot.wait_ready()
        english, korean = ask(slack, "changes").text, ask(slack, "변경").text
    assert re.search(
        r"\*Nothing seen from .* to .*\*\n• Nodes with another runtime: dockershim → containerd .*`one`", english
    )
    assert "What changed meanwhile: " not in english
    assert re.search(r" · 클러스터를 보지 못함\*\n• 런타임이 바뀐 노드: dockershim → containerd", korean)


def test_a_kind_that_fails_for_a_while_does_not_replace_the_whole_view(
    slack: SlackSimulator, server: FaultyServer, source: Source
) -> None:
    with ThreadBot(slack, "socket", source, refresh_seconds=0.1) as bot:
        server.answers["/api/v1/pods"] = status(503)
        slack.wait_for(lambda: 'cause="server-error",resource="pods"' in bot.get("/metrics")[1])
        ask_until(slack, lambda text: "No newer read" in text)
        text = ask(slack, "status").text
        assert "complete: all 13 kinds were read." in text
        assert "the newest read lacked `pods`, which an older one has." in text


def test_an_api_server_that_hangs_holds_up_nothing(
    slack: SlackSimulator, mode: Mode, server: FaultyServer, source: Source
) -> None:
    with ThreadBot(slack, mode, source, refresh_seconds=0.1, request_timeout_seconds=30) as bot:
        server.answers["*"] = silence
        asked_before = len(server.requests)
        slack.wait_for(lambda: len(server.requests) > asked_before)
        started = time.monotonic()
        deliveries = [slack.command("status") for _ in range(20)]
        slack.wait_messages(20)
        assert time.monotonic() - started < 3
        assert all(delivery.wait_ack() for delivery in deliveries)
        assert bot.get("/healthz")[0] == 200
        started = time.monotonic()
        bot.stop()
        assert time.monotonic() - started < 3


def test_an_api_server_that_hangs_from_the_start_is_said(
    slack: SlackSimulator, server: FaultyServer, source: Source
) -> None:
    server.answers["*"] = silence
    with ThreadBot(slack, "socket", source, is_awaited=False, request_timeout_seconds=30) as bot:
        bot.wait_readyz(lambda code, text: code == 503 and "slack" not in text)
        # The first read is waited for before anybody is told that there is none.
        asked = ask(slack, "status", FIRST_READ_SECONDS + 5.0)
        assert asked.text.startswith("I could not answer: the cluster has not been read yet")
        assert ask(slack, "milestones").text.strip()
        assert ask(slack, "help").text.startswith("What can be asked")


BAD = "<!channel> <@U0MINJI> <https://evil.example|click> &lt;!here&gt; `x` *b* \u202e"


def hostile(server: FaultyServer) -> None:
    """Fill a cluster with names that try to mention, link and format."""
    agent = make_daemonset(
        BAD, namespace=BAD, labels={"team": BAD}, host_paths={"/var/run/docker.sock": BAD}, image=BAD
    )
    made: list[dict[str, Any]] = [agent, *make_dependents(agent, [BAD, "<!here>"])]
    nodes = [
        make_node(BAD, runtime=DOCKER, kubelet="v1.20.1", labels={"agentpool": BAD}, os_image=BAD, is_ready=False),
        make_node("<!here>", runtime=BAD, kubelet=BAD, labels={"agentpool": "<@U0ALICE>"}),
    ]
    made += [
        *nodes,
        make_namespace(BAD, labels={"team": BAD}),
        make_pod(BAD, namespace=BAD, node=BAD, host_paths=SOCKET),
    ]
    for item in made:
        server.items.setdefault(item["kind"], []).append(item)


def test_no_name_of_a_cluster_can_mention_link_or_format(
    slack: SlackSimulator, mode: Mode, server: FaultyServer, source: Source
) -> None:
    server.items.clear()
    hostile(server)
    with ThreadBot(slack, mode, source, cluster_name=BAD) as bot:
        before = len(slack.messages)
        words = ["status", f"status {BAD}", "nodes", "nodes docker", "pods", f"pods {BAD}", f"explain {BAD}", BAD]
        words += [
            f"explain node/{BAD}",
            f"guide {BAD}",
            "milestones",
            "export",
            "export nodes",
            "explain <!here>",
            "help",
        ]
        for each in words:
            slack.command(each)
            slack.mention(each)
        slack.wait_for(lambda: bot.metric("unshim_answers_total") >= 2 * len(words), 20)
        messages = slack.messages[before:]
        assert len(messages) >= 2 * len(words)
    for message in messages:
        links = {token.strip("<>").partition("|")[0].replace("&amp;", "&") for token in live_tokens(message)}
        assert links <= URLS, (message.text, links - URLS)
        check_mrkdwn(message.text)
