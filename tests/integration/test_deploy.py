"""deploy/ on a real API server, applied with kubectl: kept to the field, and an account with enough and no more."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import app
from bot.adapters import knowledge
from bot.adapters.metrics import Metrics
from bot.adapters.resources import resource_table
from bot.app.viewing import views
from bot.core.understand import COMMANDS
from tests.factories import (
    DOCKER,
    DOCKER_SOCKET,
    make_deployment,
    make_harmless_kinds,
    make_node,
    make_pod,
)
from tests.integration.apiserver import ApiError, ApiServer
from tests.integration.program import ROOT, unshim

JsonObject = dict[str, Any]

DEPLOY = ROOT / "deploy"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ROLE = f"{RBAC}/clusterroles/unshim-reader"
ACCOUNT = "system:serviceaccount:unshim:unshim"

#: Folders in ``resources`` and ``patches`` came with kustomize 4, in kubectl 1.21.
OVERLAY_MINOR = 21

#: Every command of the grammar, with what it needs to have something to say.
#: What commands that need a name are asked about.
NAMES = {
    "explain": "web/shop",
    "where": "web/shop",
    "drain": "docker-1",
    "node-state": "docker-1",
    "faq": "which-pods-at-risk",
}
QUESTIONS = [f"{command} {NAMES.get(command, '')}".strip() for command in COMMANDS]

#: Commands that are answered without the cluster, and so say nothing of coverage.
WITHOUT_CLUSTER = ("digest", "guide", "help")


class Kubectl:
    """kubectl as the administrator of the API server."""

    def __init__(self, config: Path) -> None:
        self._config = config
        version = json.loads(self.run("version", "--client", "-o", "json").stdout)["clientVersion"]
        self.minor = int(re.sub(r"\D.*", "", version["minor"]))

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Return what a call printed; its exit code must be as said."""
        command = ["kubectl", "--kubeconfig", str(self._config), *arguments]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def needs(self, folder: Path) -> None:
        """Skip the test when this kubectl is too old for a folder."""
        if "overlays" in folder.parts and self.minor < OVERLAY_MINOR:
            pytest.skip(f"kubectl 1.{self.minor} has a kustomize that is too old for overlays")


@pytest.fixture
def kubectl(kubectl_program: str, cluster: ApiServer, tmp_path: Path) -> Kubectl:
    """Return kubectl as the administrator."""
    return Kubectl(cluster.kubeconfig(tmp_path / "admin", cluster.admin_token))


@pytest.fixture
def apply_example(kubectl: Kubectl, cluster: ApiServer, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Yield what applies the example to a namespace ``tools``, edited as a person would; deleted in the end."""
    overlay = tmp_path / "deploy" / "overlays" / "example"
    kubectl.needs(overlay)
    shutil.copytree(DEPLOY, tmp_path / "deploy")

    def apply(*edits: tuple[str, str]) -> None:
        file = overlay / "kustomization.yaml"
        text = file.read_text()
        for before, after in [("namespace: unshim", "namespace: tools"), *edits]:
            assert before in text
            text = text.replace(before, after)
        file.write_text(text)
        kubectl.run("apply", "-k", str(overlay))

    yield apply
    objects = list(yaml.safe_load_all(kubectl.run("kustomize", str(overlay)).stdout))
    for obj in objects[::-1]:
        if "tools" in (obj["metadata"].get("namespace"), obj["metadata"]["name"]):
            cluster.delete(obj)
    kubectl.run("apply", "-k", str(DEPLOY / "base"))  # the binding names one account at a time


def base(name: str) -> JsonObject:
    """Return a manifest of the base."""
    manifest: JsonObject = yaml.safe_load((DEPLOY / "base" / name).read_text())
    return manifest


def is_part(part: Any, whole: Any) -> bool:
    """Return whether everything said in one value is in another; lists must be as long."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(is_part(value, whole.get(key)) for key, value in part.items())
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) == len(whole) and all(map(is_part, part, whole))
    return bool(part == whole)


# What kubectl applies.


@pytest.mark.parametrize("folder", [DEPLOY / "base", DEPLOY / "overlays" / "example"], ids=lambda folder: folder.name)
def test_a_second_apply_changes_nothing(kubectl: Kubectl, folder: Path) -> None:
    kubectl.needs(folder)
    kubectl.run("apply", "-k", str(folder))
    again = kubectl.run("apply", "-k", str(folder)).stdout.splitlines()
    assert [line for line in again if not line.endswith(" unchanged")] == []
    assert kubectl.run("diff", "-k", str(folder)).stdout == ""


def test_every_field_of_the_base_is_one_that_the_api_server_keeps(kubectl: Kubectl, cluster: ApiServer) -> None:
    """A misspelt or misplaced field would be dropped without a word by an older server."""
    kubectl.run("apply", "-k", str(DEPLOY / "base"))
    for name in base("kustomization.yaml")["resources"]:
        wanted = base(name)
        assert is_part(wanted, cluster.request("GET", cluster.path(wanted))), name


def test_server_side_apply_takes_the_base_too(kubectl: Kubectl) -> None:
    """Argo CD and Flux apply this way."""
    kubectl.run("apply", "--server-side", "--force-conflicts", "-k", str(DEPLOY / "base"))


def test_the_example_sets_image_and_cluster_name_and_leaves_the_hardening(kubectl: Kubectl, cluster: ApiServer) -> None:
    overlay = DEPLOY / "overlays" / "example"
    kubectl.needs(overlay)
    kubectl.run("apply", "-k", str(overlay))
    wanted = base("deployment.yaml")
    (container,) = wanted["spec"]["template"]["spec"]["containers"]
    container["image"] = "registry.example.com/platform/unshim:0.1.0"
    container["env"] = [{"name": "UNSHIM_CLUSTER_NAME", "value": "production"}]
    assert is_part(wanted, cluster.request("GET", cluster.path(wanted)))


def test_the_database_is_kept_on_a_disk_that_the_bot_may_write(
    apply_example: Callable[..., None], cluster: ApiServer
) -> None:
    apply_example(("\n# components:", "\ncomponents:"), ("#   - volume", "  - volume"))
    claim = cluster.request("GET", "/api/v1/namespaces/tools/persistentvolumeclaims/unshim")
    pod = cluster.request("GET", "/apis/apps/v1/namespaces/tools/deployments/unshim")["spec"]["template"]["spec"]
    volumes = {volume.pop("name"): volume for volume in pod["volumes"]}
    assert volumes["data"] == {"persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}}
    assert set(volumes["tmp"]) == {"emptyDir"}
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"]


def test_in_another_namespace_the_account_there_may_read(
    apply_example: Callable[..., None], cluster: ApiServer
) -> None:
    """The binding follows the namespace that the overlay names."""
    apply_example()
    token = cluster.service_account_token("tools", "unshim")
    assert cluster.request("GET", "/api/v1/nodes", token=token)["kind"] == "NodeList"


def test_http_mode_opens_the_path_of_slack_and_no_other(apply_example: Callable[..., None], cluster: ApiServer) -> None:
    apply_example(("\n# components:", "\ncomponents:"), ("#   - http", "  - http"))
    ingress = cluster.request("GET", "/apis/networking.k8s.io/v1/namespaces/tools/ingresses/unshim")["spec"]
    service = cluster.request("GET", "/api/v1/namespaces/tools/services/unshim")
    (rule,) = ingress["rules"]
    (path,) = rule["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/slack/events", "Exact")
    assert path["backend"]["service"]["name"] == service["metadata"]["name"]
    assert path["backend"]["service"]["port"]["name"] in [port["name"] for port in service["spec"]["ports"]]
    assert [rule["host"]] == ingress["tls"][0]["hosts"]
    assert "defaultBackend" not in ingress


def test_a_filled_env_file_becomes_the_secret_the_pod_waits_for(
    kubectl: Kubectl, cluster: ApiServer, tmp_path: Path
) -> None:
    """The command of the overlay's comment, with the tokens of .env.example filled in and the rest left as it is."""
    env = tmp_path / ".env"
    text = (ROOT / ".env.example").read_text()
    env.write_text(re.sub(r"^# (SLACK_(?:BOT|APP)_TOKEN)=$", r"\1=xoxb-planted", text, flags=re.MULTILINE))
    comment = (DEPLOY / "overlays" / "example" / "kustomization.yaml").read_text()
    (command,) = re.findall(r"^#   kubectl (-n unshim create secret .*)$", comment, re.MULTILINE)
    kubectl.run("apply", "-k", str(DEPLOY / "base"))
    kubectl.run(*command.replace("=.env", f"={env}").split())
    (container,) = base("deployment.yaml")["spec"]["template"]["spec"]["containers"]
    (source,) = container["envFrom"]
    path = f"/api/v1/namespaces/unshim/secrets/{source['secretRef']['name']}"
    secret = cluster.request("GET", path)
    cluster.request("DELETE", path)
    assert set(secret["data"]) == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}


# What its ServiceAccount may do.


@pytest.fixture
def one_of_each(cluster: ApiServer, deployed: Path) -> Path:
    """Create an object of every kind that is read, and return the kubeconfig of the ServiceAccount."""
    _create_one_of_each(cluster)
    return deployed


def _create_one_of_each(cluster: ApiServer) -> None:
    socket = {DOCKER_SOCKET: DOCKER_SOCKET}
    for obj in (
        make_node("docker-1", runtime=DOCKER, kubelet="v1.20.15"),
        make_deployment("shop", namespace="web", host_paths=socket),
        *make_harmless_kinds(),
        make_pod("debug", namespace="web", node="docker-1"),
    ):
        cluster.create(obj)


@pytest.fixture
def without_defaults(cluster: ApiServer) -> Iterator[None]:
    """Take away what every login may do, as hardened clusters do: discovery, /version, questions about oneself."""
    bindings = [
        binding
        for binding in cluster.request("GET", f"{RBAC}/clusterrolebindings")["items"]
        if any(subject["name"] == "system:authenticated" for subject in binding.get("subjects", ()))
    ]
    assert bindings
    for binding in bindings:
        cluster.request("DELETE", f"{RBAC}/clusterrolebindings/{binding['metadata']['name']}")
    yield
    for binding in bindings:
        name, labels = binding["metadata"]["name"], binding["metadata"].get("labels")
        again = {**binding, "metadata": {"name": name, "labels": labels}}
        cluster.request("POST", f"{RBAC}/clusterrolebindings", again)


@pytest.fixture
def rules(cluster: ApiServer) -> Iterator[Callable[[list[JsonObject]], None]]:
    """Yield what replaces the rules of the Role; they are put back in the end."""
    whole = cluster.request("GET", ROLE)["rules"]

    def replace(changed: list[JsonObject]) -> None:
        cluster.request("PATCH", ROLE, {"rules": changed}, content_type="application/merge-patch+json")

    yield replace
    replace(whole)


def shipped() -> list[JsonObject]:
    """Return the rules of the Role as shipped."""
    rules: list[JsonObject] = base("clusterrole.yaml")["rules"]
    return rules


def named(rule: JsonObject) -> str:
    """Return what a gap calls the thing a rule is about."""
    return str(rule["resources"][0]) if "resources" in rule else "version"


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_role_alone_is_enough_for_every_command(one_of_each: Path, without_defaults: None, question: str) -> None:
    answer = unshim("ask", *question.split(), "--json", kubeconfig=one_of_each)
    assert (answer.code, answer.err) == (0, "")
    report = json.loads(answer.out)
    assert report["question"]["kind"] != "help" or question == "help"
    if question not in WITHOUT_CLUSTER:
        assert report["data"]["seen"]["gaps"] == []
        assert "complete: all 13 kinds were read" in report["answer"]


def test_the_role_alone_is_enough_for_a_scan(one_of_each: Path, without_defaults: None) -> None:
    report = json.loads(unshim("scan", "-o", "json", kubeconfig=one_of_each).out)
    assert report["coverage"] == {"complete": True, "gaps": []}


def test_check_finds_every_permission(one_of_each: Path) -> None:
    assert unshim("check", kubeconfig=one_of_each).code == 0


@pytest.mark.parametrize("taken", shipped(), ids=named)
def test_no_rule_can_be_struck_out_without_an_answer_saying_so(
    one_of_each: Path, without_defaults: None, rules: Callable[[list[JsonObject]], None], taken: JsonObject
) -> None:
    rules([rule for rule in shipped() if rule != taken])
    seen = json.loads(unshim("ask", "status", "--json", kubeconfig=one_of_each).out)["data"]["seen"]
    assert [gap["what"] for gap in seen["gaps"]] == [named(taken)]


def may(cluster: ApiServer, namespace: str, token: str) -> list[JsonObject]:
    """Return all rules that hold for a login in a namespace, in the API server's own words."""
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    status = cluster.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", body, token)["status"]
    assert not status["incomplete"]
    return [*status["resourceRules"], *status["nonResourceRules"]]


def test_the_account_may_do_what_the_role_says_and_nothing_beyond_what_every_login_may(
    cluster: ApiServer, deployed: Path
) -> None:
    cluster.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "anyone", "namespace": "web"}})
    ours = cluster.service_account_token("unshim", "unshim")
    anyone = cluster.service_account_token("web", "anyone")
    for namespace in [item["metadata"]["name"] for item in cluster.request("GET", "/api/v1/namespaces")["items"]]:
        common = may(cluster, namespace, anyone)
        more = [rule for rule in may(cluster, namespace, ours) if rule not in common]
        assert sorted(map(_as_text, more)) == sorted(map(_as_text, shipped()))


def _as_text(rule: JsonObject) -> str:
    return json.dumps(rule, sort_keys=True)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("GET", "/api/v1/secrets", None, id="list-secrets"),
        pytest.param("GET", "/api/v1/configmaps", None, id="list-configmaps"),
        pytest.param("GET", "/api/v1/namespaces/unshim/secrets/unshim-slack", None, id="get-its-own-secret"),
        pytest.param("GET", "/api/v1/namespaces/web/pods/debug", None, id="get-one-pod"),
        pytest.param("GET", "/api/v1/secrets?watch=true&timeoutSeconds=1", None, id="watch-secrets"),
        pytest.param("GET", "/api/v1/namespaces/web/pods/debug/log", None, id="read-a-log"),
        pytest.param("POST", "/api/v1/namespaces/web/pods/debug/exec?command=sh", None, id="exec"),
        pytest.param("GET", "/api/v1/nodes/docker-1/proxy/logs", None, id="reach-into-a-node"),
        pytest.param("POST", "/api/v1/namespaces/web/pods", make_pod("mine"), id="create-a-pod"),
        pytest.param("DELETE", "/api/v1/namespaces/web/pods/debug", None, id="delete-a-pod"),
        pytest.param("POST", "/api/v1/namespaces/unshim/serviceaccounts/unshim/token", {}, id="make-a-token"),
        pytest.param("GET", "/metrics", None, id="read-the-api-servers-metrics"),
    ],
)
def test_the_account_is_refused_everything_else(
    one_of_each: Path, cluster: ApiServer, method: str, path: str, body: JsonObject | None
) -> None:
    with pytest.raises(ApiError) as refused:
        cluster.request(method, path, body, token=cluster.service_account_token("unshim", "unshim"))
    assert (refused.value.code, refused.value.reason) == (403, "Forbidden")


# What is asked of the API server, as its audit log has it.


@pytest.fixture(scope="module")
def audited(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[JsonObject]]:
    """Run every command once, and yield what the ServiceAccount requested of the API server."""
    folder = tmp_path_factory.mktemp("audit")
    policy, log = folder / "policy.yaml", folder / "audit.log"
    rule = {"level": "Metadata", "omitStages": ["RequestReceived"]}
    policy.write_text(yaml.safe_dump({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [rule]}))
    with ApiServer([f"--audit-policy-file={policy}", f"--audit-log-path={log}"]) as server:
        server.apply_manifest(DEPLOY / "base")
        _create_one_of_each(server)
        config = server.kubeconfig(folder / "config", server.service_account_token("unshim", "unshim"))
        for question in QUESTIONS:
            assert unshim("ask", *question.split(), kubeconfig=config).code == 0
        unshim("scan", kubeconfig=config)
        settings, source = app.load_settings(), app.Source(kubeconfig=str(config))
        watched = views(settings, source, knowledge.load_knowledge(), app.now, Metrics())
        watched.start()
        assert watched.view().is_complete
        yield _wait_entries(server, log)
        watched.stop()


def _wait_entries(server: ApiServer, log: Path) -> list[JsonObject]:
    """Return the account's entries, once every kind is watched, and a request made after that is in the log."""

    def watched() -> set[str]:
        lines = [line for line in log.read_text().splitlines() if '"verb":"watch"' in line and ACCOUNT in line]
        return {json.loads(line)["objectRef"]["resource"] for line in lines}

    until = time.monotonic() + 20
    while len(watched()) < len(resource_table()):
        assert time.monotonic() < until, "not every kind is watched"
        time.sleep(0.1)
    server.request("GET", "/healthz/etcd")
    until = time.monotonic() + 10
    while "/healthz/etcd" not in log.read_text():
        assert time.monotonic() < until, "the audit log has no end"
        time.sleep(0.05)
    entries = map(json.loads, log.read_text().splitlines())
    return [entry for entry in entries if entry["user"]["username"] == ACCOUNT]


def test_what_is_requested_and_what_the_role_grants_are_the_same(audited: list[JsonObject]) -> None:
    requested = {
        (entry["verb"], entry["objectRef"].get("apiGroup", ""), entry["objectRef"]["resource"])
        if "objectRef" in entry
        else (entry["verb"], entry["requestURI"])
        for entry in audited
    }
    granted = {
        (verb, *where)
        for rule in shipped()
        for verb in rule["verbs"]
        for where in (
            [(group, resource) for group in rule["apiGroups"] for resource in rule["resources"]]
            if "resources" in rule
            else [(url,) for url in rule["nonResourceURLs"]]
        )
    }
    assert requested == granted


def test_no_request_is_refused_and_none_names_a_single_object(audited: list[JsonObject]) -> None:
    assert audited
    assert {entry["responseStatus"]["code"] for entry in audited} <= {200, 404}  # 404: a version that is not served
    assert [entry["requestURI"] for entry in audited if "name" in entry.get("objectRef", {})] == []
