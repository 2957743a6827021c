"""Every way in which reading can fail: one clear sentence, the rest still answered, never a false all clear."""

import json
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import make_node, make_pod
from tests.integration.faulty import LISTS, Answer, FaultyServer, Handler, body, half, hang_up, silence, status
from tests.integration.program import ROOT, unshim

QUICK = {"UNSHIM_REQUEST_TIMEOUT_SECONDS": "1"}


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    """Yield a server that is healthy until a test says otherwise."""
    with FaultyServer() as running:
        yield running


@pytest.fixture
def config(server: FaultyServer, tmp_path: Path) -> Path:
    """Return a kubeconfig for the server."""
    return server.kubeconfig(tmp_path / "config")


def test_the_healthy_server_is_said_to_be_clean(config: Path) -> None:
    """The baseline: every test below changes one thing of it."""
    result = unshim("scan", kubeconfig=config)
    assert (result.code, result.err) == (0, "")
    assert result.lines[0] == "nothing at risk found; no node of 1 on Docker."


ONE_KIND: list[tuple[str, Answer, str]] = [
    ("401", status(401), "refused the credentials"),
    ("403", status(403), "may not list"),
    ("404", status(404), "does not serve"),
    ("410-twice", status(410), "expired"),
    ("500", status(500), "with an error (HTTP 500)"),
    ("503", status(503), "with an error (HTTP 503)"),
    ("429-that-stays", status(429, {"Retry-After": "0"}), "with an error (HTTP 429)"),
    ("redirect-to-a-login-page", status(302, {"Location": "http://127.0.0.1:1/login"}), "with an error (HTTP 302)"),
    ("html-instead-of-json", body("<html>Log in</html>"), "not a list"),
    ("an-empty-object", body({}), "not a list"),
    ("another-kind", body({"kind": "ConfigMapList", "items": []}), "not a list"),
    ("no-items", body({"kind": "PodList", "metadata": {}}), "not a list"),
    ("not-utf-8", body(b'{"kind":"PodList","items":[{"metadata":{"name":"\xff"}}]}'), "could be read only in part"),
    ("silence", silence, "too long"),
    ("hang-up", hang_up, "connection to the API server failed"),
    ("half-an-answer", half, "connection to the API server failed"),
]


@pytest.mark.parametrize(("answer", "sentence"), [pytest.param(a, s, id=name) for name, a, s in ONE_KIND])
def test_one_kind_that_fails_is_a_named_gap(server: FaultyServer, config: Path, answer: Answer, sentence: str) -> None:
    """The rest is answered, the verdict is hedged, the scan ends with 4, and the server's own words show nowhere."""
    server.answers[LISTS["pods"][0]] = answer
    result = unshim("ask", "status", kubeconfig=config, env=QUICK)
    assert result.code == 0
    assert result.lines[0] == "No node runs on Docker; nothing at risk found in what I can see."
    assert "pods" in result.out
    assert sentence in result.out
    assert "planted" not in result.out + result.err
    assert unshim("scan", kubeconfig=config, env=QUICK).code == 4


NOBODY: list[tuple[str, Answer, int, str]] = [
    ("401", status(401), 3, "refused the credentials (HTTP 401)"),
    ("500", status(500), 3, "answered no LIST"),
    ("silence", silence, 3, "did not answer in time"),
    ("hang-up", hang_up, 3, "no connection"),
    ("html", body("<html>proxy</html>"), 3, "answered no LIST"),
]


@pytest.mark.parametrize(("answer", "code", "sentence"), [pytest.param(a, c, s, id=name) for name, a, c, s in NOBODY])
def test_when_nothing_can_be_read_the_program_says_so(
    server: FaultyServer, config: Path, answer: Answer, code: int, sentence: str
) -> None:
    """Exit 3, one sentence on standard error, nothing on standard output."""
    server.answers["*"] = answer
    for arguments in (("ask", "status"), ("scan", "-o", "json")):
        result = unshim(*arguments, kubeconfig=config, env=QUICK)
        assert (result.code, result.out) == (code, "")
        assert sentence in result.err
        assert len(result.err.splitlines()) == 1


def test_a_login_that_may_read_nothing_still_gets_an_answer(server: FaultyServer, config: Path) -> None:
    """Everything refused is partial coverage, not an unreachable cluster."""
    for path, _ in LISTS.values():
        server.answers[path] = status(403)
    result = unshim("ask", "status", kubeconfig=config)
    assert result.code == 0
    assert result.lines[0].startswith("Which runtime the nodes use is unknown")
    assert "nothing at risk found in what I can see" in result.lines[0]
    assert unshim("scan", kubeconfig=config).code == 4


def test_a_kind_served_in_an_older_version_only_is_read_there(server: FaultyServer, config: Path) -> None:
    """CronJobs of a server before 1.21."""
    server.answers[LISTS["cronjobs"][0]] = status(404)
    server.answers["/apis/batch/v1beta1/cronjobs"] = body({"kind": "CronJobList", "items": []})
    assert unshim("scan", kubeconfig=config).code == 0


def test_an_expired_continue_token_starts_the_list_again(server: FaultyServer, config: Path) -> None:
    """Half a list, then 410, then the whole list: nothing is lost and nothing counted twice."""
    nodes = [make_node(f"docker-{number}", runtime="docker://20.10.24") for number in range(4)]
    expired = iter([True])

    def answer(handler: Handler) -> None:
        if "continue" not in handler.query:
            metadata = {"continue": "token"}
            handler.reply(200, {"kind": "NodeList", "metadata": metadata, "items": nodes[:2]})
        elif next(expired, False):
            handler.reply(410, {"kind": "Status", "reason": "Expired"})
        else:
            handler.reply(200, {"kind": "NodeList", "metadata": {}, "items": nodes[2:]})

    server.answers[LISTS["nodes"][0]] = answer
    report = json.loads(unshim("scan", "-o", "json", kubeconfig=config).out)
    assert report["nodes"]["total"] == 4
    assert report["coverage"]["complete"]


def test_a_short_429_is_waited_for(server: FaultyServer, config: Path) -> None:
    """Retry-After is honoured."""
    busy = iter([True])

    def answer(handler: Handler) -> None:
        if next(busy, False):
            handler.reply(429, {}, {"Retry-After": "1"})
        else:
            handler.reply(200, {"kind": "PodList", "items": []})

    server.answers[LISTS["pods"][0]] = answer
    assert unshim("scan", kubeconfig=config).code == 0


def test_a_malformed_object_costs_only_itself(server: FaultyServer, config: Path) -> None:
    """It is counted and named; the others are judged."""
    bad = make_pod("broken", namespace="web")
    bad["spec"]["containers"] = "none"
    good = make_pod("agent", namespace="mon", node="docker-1", host_paths={"/run/docker.sock": "/s"})
    server.items["Node"] = [make_node("docker-1", runtime="docker://20.10.24")]
    server.items["Pod"] = [bad, good]
    result = unshim("ask", "pods", kubeconfig=config)
    assert result.lines[0] == "In the whole cluster: 1 workload at risk in what I can see."
    wanted = "1 object among the pods could be read only in part, and was judged as far as that goes: web/broken"
    assert wanted in result.out


def test_the_server_dying_half_way_leaves_a_partial_answer(server: FaultyServer, config: Path) -> None:
    """What was read before is answered; the rest is not waited for kind by kind."""
    nodes = LISTS["nodes"][0]
    server.answers = {"*": silence, "/version": body({"gitVersion": "v1.30.1"})}
    server.answers[nodes] = body({"kind": "NodeList", "items": server.items["Node"]})
    result = unshim("ask", "status", kubeconfig=config, env=QUICK)
    assert result.code == 0
    assert "in what I can see" in result.lines[0]
    assert len([path for path in server.requests if path.startswith(LISTS["pods"][0])]) == 0


def test_a_version_that_cannot_be_read_is_a_gap_of_its_own(server: FaultyServer, config: Path) -> None:
    """A proxy that hides /version does not stop the rest."""
    server.answers["/version"] = status(403)
    report = json.loads(unshim("scan", "-o", "json", kubeconfig=config).out)
    assert report["cluster"]["version"] is None
    assert [gap["what"] for gap in report["coverage"]["gaps"]] == ["version"]


def test_the_calendar_is_answered_without_a_cluster(tmp_path: Path) -> None:
    """The dates are known; what concerns the cluster is not, and both are said."""
    result = unshim("ask", "milestones", kubeconfig=tmp_path / "none")
    assert result.code == 3
    assert "2026-12-16" in result.out
    assert "unknown" in result.lines[0]
    assert "no kubeconfig" in result.err


def test_a_batch_answers_every_line_without_a_cluster(tmp_path: Path) -> None:
    """Questions that need the cluster get the error's sentence, the others their answer."""
    lines = "\n".join(json.dumps({"id": n, "q": q}) for n, q in enumerate(("status", "help", "상태", "guide cgroups")))
    result = unshim("ask", "--batch", "-", kubeconfig=tmp_path / "none", stdin=lines)
    answers = [json.loads(line) for line in result.lines]
    assert result.code == 3
    assert [item["id"] for item in answers] == [0, 1, 2, 3]
    assert all(item["answer"] for item in answers)
    assert "no kubeconfig" in answers[0]["answer"]
    assert "kubeconfig" in answers[2]["answer"]


def test_an_exec_plugin_logs_in(server: FaultyServer, tmp_path: Path) -> None:
    """The token of a working plugin is used, and shows nowhere."""
    plugin = tmp_path / "plugin"
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "planted-token"},
    }
    plugin.write_text(f"#!/bin/sh\necho '{json.dumps(credential)}'\n")
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    result = unshim("scan", kubeconfig=_with_exec(server, tmp_path, str(plugin)))
    assert result.code == 0
    assert "planted" not in result.out + result.err


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        pytest.param(None, "not installed or not on PATH", id="missing"),
        pytest.param("echo planted-token >&2; exit 1", "failed", id="failing"),
        pytest.param("echo not-json", "failed", id="talking-nonsense"),
    ],
)
def test_an_exec_plugin_that_does_not_log_in_is_named(
    server: FaultyServer, tmp_path: Path, script: str | None, sentence: str
) -> None:
    """One sentence; what the plugin printed is not repeated, for it may hold a token."""
    plugin = tmp_path / "plugin"
    if script is not None:
        plugin.write_text(f"#!/bin/sh\n{script}\n")
        plugin.chmod(0o755)
    result = unshim("ask", "status", kubeconfig=_with_exec(server, tmp_path, str(plugin)))
    assert result.code == 3
    assert sentence in result.err
    assert "planted" not in result.err
    assert len(result.err.splitlines()) == 1


def _with_exec(server: FaultyServer, folder: Path, command: str) -> Path:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": command, "interactiveMode": "Never"}}
    return server.kubeconfig(folder / "exec-config", user)


BROKEN_CONFIGS = [
    ("empty", "", "cannot be used"),
    ("not-yaml", "{{{", "cannot be used"),
    ("a-list", "- a", "cannot be used"),
    ("no-contexts", "apiVersion: v1\nkind: Config\n", "kubeconfig"),
]


@pytest.mark.parametrize(("text", "sentence"), [pytest.param(t, s, id=name) for name, t, s in BROKEN_CONFIGS])
def test_a_broken_kubeconfig_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    """Whatever is in the file, exit 3 and its name."""
    path = tmp_path / "config"
    path.write_text(text)
    result = unshim("ask", "status", kubeconfig=path)
    assert result.code == 3
    assert sentence in result.err
    assert len(result.err.splitlines()) == 1


def test_an_unknown_context_names_the_known_ones(config: Path) -> None:
    """The nearest help is the list."""
    result = unshim("ask", "status", "--context", "production", kubeconfig=config)
    assert result.code == 3
    assert "no context production" in result.err
    assert "faulty" in result.err


def test_a_refused_connection_is_told_from_a_time_out(server: FaultyServer, tmp_path: Path) -> None:
    """Nobody listens: the address is wrong, or the server is down."""
    config = server.kubeconfig(tmp_path / "config")
    server.server_close()
    result = unshim("ask", "status", kubeconfig=config)
    assert result.code == 3
    assert "no connection" in result.err


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    """TLS errors are told apart, and verification is never switched off by itself."""
    pem = tmp_path / "cert.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -keyout {0} -out {0}.crt"
    try:
        subprocess.run(command.format(pem).split(), check=True, capture_output=True, timeout=60)
    except FileNotFoundError:
        pytest.skip("openssl is not installed: no certificate to distrust")
    with FaultyServer() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{pem}.crt", pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        config = server.kubeconfig(tmp_path / "config")
        config.write_text(config.read_text().replace("http://", "https://"))
        result = unshim("ask", "status", kubeconfig=config)
    assert result.code == 3
    assert "TLS certificate" in result.err


def test_check_reaches_a_server_without_access_reviews(server: FaultyServer, config: Path) -> None:
    """What the server does not say is UNKNOWN, not allowed."""
    assert server.items
    result = unshim("check", kubeconfig=config)
    assert result.code == 1
    assert "UNKNOWN" in result.out


def test_a_continue_token_that_comes_back_ends_the_list(server: FaultyServer, config: Path) -> None:
    """A proxy that drops the query would have the first page read for ever."""
    page = {"kind": "PodList", "metadata": {"continue": "again"}, "items": server.items["Pod"]}
    server.answers[LISTS["pods"][0]] = body(page)
    report = json.loads(unshim("scan", "-o", "json", kubeconfig=config).out)
    assert [gap["what"] for gap in report["coverage"]["gaps"]] == ["pods"]


def test_nodes_that_fail_half_way_are_shown_as_far_as_they_were_read(server: FaultyServer, config: Path) -> None:
    """Not as unread, and not as all there are."""

    def answer(handler: Handler) -> None:
        if "continue" in handler.query:
            handler.reply(500, {})
        else:
            handler.reply(200, {"kind": "NodeList", "metadata": {"continue": "c"}, "items": server.items["Node"]})

    server.answers[LISTS["nodes"][0]] = answer
    result = unshim("ask", "status", kubeconfig=config)
    assert result.lines[0] == "No node I can see runs on Docker; nothing at risk found in what I can see."


def test_a_password_in_the_server_address_is_not_repeated(server: FaultyServer, tmp_path: Path) -> None:
    """Neither in an error nor in a report."""
    config = server.kubeconfig(tmp_path / "config")
    config.write_text(config.read_text().replace("http://", "http://admin:planted@"))
    for arguments in (("check",), ("ask", "status")):
        result = unshim(*arguments, kubeconfig=config)
        assert "planted" not in result.out + result.err


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(("users", []), "has no user tester", id="no-such-user"),
        pytest.param(("clusters", [{"name": "faulty", "cluster": {}}]), "no server", id="no-server"),
    ],
)
def test_a_context_that_names_nothing_is_told(
    config: Path, change: tuple[str, list[dict[str, object]]], sentence: str
) -> None:
    """Nobody is read anonymously, or from another address, by accident."""
    config.write_text(json.dumps({**json.loads(config.read_text()), change[0]: change[1]}))
    result = unshim("ask", "status", kubeconfig=config)
    assert result.code == 3
    assert sentence in result.err
    assert len(result.err.splitlines()) == 1


def test_a_reader_that_leaves_does_not_change_the_exit_code() -> None:
    """``unshim scan --demo | true`` under pipefail still says that something was found."""
    command = f"set -o pipefail; {sys.executable} -m bot scan --demo -o json | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
