"""A real etcd and kube-apiserver on loopback, from the folder that ``KUBEBUILDER_ASSETS`` names.

There is no kubelet, scheduler or controller: objects are only stored, and what a controller would make must be created
(``tests.factories.make_dependents``). It knows nothing of the program under test.
"""

import atexit
import base64
import contextlib
import copy
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import urllib3
import yaml

from tests import factories
from tests.integration import load

JsonObject = dict[str, Any]

START_SECONDS = 60
STOP_SECONDS = 10
ASSETS = "KUBEBUILDER_ASSETS"
MERGE_PATCH = "application/merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

# The server replaces this shell (exec), so Popen holds its pid; the shell's child waits for the end of a pipe that only
# the test process holds, and then kills the group. So nothing outlives pytest, not even when that is killed by SIGKILL.
_LEASH = 'exec 3<&0; { read -r _ <&3; kill -s KILL -- "-$$"; } & exec "$@" 3<&- </dev/null'


class ApiError(AssertionError):
    """The API server refused a request. ``code`` is the HTTP status, ``reason`` the Status' one, such as Forbidden."""

    def __init__(self, method: str, path: str, code: int, status: JsonObject) -> None:
        super().__init__(f"{method} {path}: {code} {status.get('message', status)}")
        self.code = code
        self.reason: str = status.get("reason", "")


class ApiServer:
    """etcd and kube-apiserver with RBAC and token login. Use it as a context manager.

    Args:
        flags: further flags of kube-apiserver, such as ``--watch-cache-sizes=pods#0``.
        etcd_flags: further flags of etcd.
    """

    def __init__(self, flags: Sequence[str] = (), etcd_flags: Sequence[str] = ()) -> None:
        self.assets = Path(os.environ[ASSETS])
        self.flags = list(flags)
        self.etcd_flags = list(etcd_flags)
        self.admin_token = secrets.token_hex(16)
        self.directory = Path(tempfile.mkdtemp(prefix="unshim-apiserver-"))
        self.ca_file = self.directory / "certs" / "apiserver.crt"  # kube-apiserver writes leaf and authority into it
        self.port, self.etcd_port = free_ports(2)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._pool: urllib3.PoolManager | None = None
        self._etcd_pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(30))
        self._resources: dict[str, dict[str, JsonObject]] = {}
        self._created: list[JsonObject] = []
        self._uids: dict[str, str] = {}
        atexit.register(self.close)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # Life

    @property
    def url(self) -> str:
        """The API server's address; it stays the same over `kill`, `stop` and `start`."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def etcd_url(self) -> str:
        """The address of etcd, which asks for no login."""
        return f"http://127.0.0.1:{self.etcd_port}"

    @property
    def log_file(self) -> Path:
        """What kube-apiserver wrote, of all its starts."""
        return self.directory / "kube-apiserver.log"

    def start(self, flags: Sequence[str] = ()) -> None:
        """Start what is not running and wait until it is ready; the data of an earlier start are still there.

        Args:
            flags: flags of kube-apiserver for this start only.

        Raises:
            RuntimeError: a program is missing, ended, or was not ready in time; the message ends with the log's tail.
        """
        if not (self.directory / "tokens.csv").exists():
            self._prepare()
        if not self._is_running("etcd"):
            self._spawn("etcd", self._etcd_command())
        if not self._is_running("kube-apiserver"):
            self._spawn("kube-apiserver", [*self._apiserver_command(), *flags])
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop both programs in good order and keep the data."""
        for name in ("kube-apiserver", "etcd"):
            self._end(name, signal.SIGTERM)

    def kill(self) -> None:
        """Kill kube-apiserver with SIGKILL, as a crash would; etcd runs on. `start` brings it back."""
        self._end("kube-apiserver", signal.SIGKILL)

    def close(self) -> None:
        """Kill both programs and delete their data. Calling it again does nothing."""
        for name in list(self._processes):
            self._end(name, signal.SIGKILL)
        self._etcd_pool.clear()
        shutil.rmtree(self.directory, ignore_errors=True)
        atexit.unregister(self.close)

    # Requests

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = None,
        *,
        content_type: str = "application/json",
    ) -> Any:
        """Send one request and return the parsed JSON, or the text of an answer that is not JSON.

        Args:
            path: path and query, such as ``/api/v1/pods?limit=1``.
            token: bearer token, the administrator's when None.

        Raises:
            ApiError: the answer was 400 or above.
        """
        if self._pool is None:
            self._pool = urllib3.PoolManager(
                ca_certs=str(self.ca_file), maxsize=16, retries=False, timeout=urllib3.Timeout(30)
            )
        headers = {
            "Authorization": f"Bearer {token or self.admin_token}",
            "Accept": "application/json",
            "Content-Type": content_type,
        }
        data = None if body is None else json.dumps(body).encode()
        response = self._pool.request(method, self.url + path, body=data, headers=headers)
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        answer: Any = json.loads(response.data) if is_json else response.data.decode()
        if response.status >= 400:
            raise ApiError(method, path, response.status, answer if is_json else {"message": answer})
        return answer

    def create(self, obj: JsonObject) -> JsonObject:
        """Create an object of any kind, then write its status where the API server drops it; return what is stored.

        Three conveniences for tests: a missing namespace is created, a version that is not served gives way to one that
        is (CronJob, RuntimeClass), and owner references to objects created before get the uid they have in the store.
        """
        kind = obj["kind"]
        api_version = self._served_version(obj["apiVersion"], kind)
        obj = {**copy.deepcopy(obj), "apiVersion": api_version}
        for owner in obj["metadata"].get("ownerReferences", ()):
            owner["uid"] = self._uids.get(owner["uid"], owner["uid"])
        namespace = obj["metadata"].get("namespace")
        collection = self._collection(api_version, kind, namespace)
        stored: JsonObject
        try:
            stored = self.request("POST", collection, obj)
        except ApiError as error:
            if error.code != 404 or namespace is None or kind == "Namespace":
                raise
            self.create(factories.make_namespace(namespace))
            stored = self.request("POST", collection, obj)
        if uid := obj["metadata"].get("uid"):
            self._uids[uid] = stored["metadata"]["uid"]
        self._created.append(stored)
        # A Node keeps the status it is created with.
        if "status" in obj and kind != "Node" and self._has_status(api_version, kind):
            path = f"{self.path(stored)}/status"
            stored = self.request("PATCH", path, {"status": obj["status"]}, content_type=MERGE_PATCH)
        return stored

    def delete(self, obj: JsonObject) -> None:
        """Delete an object at once. Only its kind, name and namespace are looked at.

        Finalizers are removed because no controller would; for the same reason what is in a namespace stays.
        """
        path = self.path(obj)
        options = {"apiVersion": "v1", "kind": "DeleteOptions"}
        answer = self.request("DELETE", path, {**options, "propagationPolicy": "Background", "gracePeriodSeconds": 0})
        if answer.get("metadata", {}).get("finalizers"):
            self.request("PATCH", path, {"metadata": {"finalizers": None}}, content_type=MERGE_PATCH)
        if obj["kind"] == "Namespace":
            self.request("PUT", f"{path}/finalize", {**answer, "spec": {"finalizers": []}})

    def reset(self) -> None:
        """Delete everything that `create` made, last first. What `apply_manifest` and `fill` wrote stays."""
        for obj in reversed(self._created):
            with _ignoring_not_found():
                self.delete(obj)
        self._created.clear()
        self._uids.clear()

    def apply_manifest(self, source: str | Path, *, namespace: str = "default") -> list[JsonObject]:
        """Apply YAML strictly, as ``kubectl apply --server-side`` does; return the objects stored, namespaces first.

        Args:
            source: text of one or more documents, a file, or a folder of ``*.yaml`` files (not ``kustomization.yaml``).
            namespace: where namespaced objects that name none go.
        """
        if isinstance(source, str) and "\n" not in source:
            source = Path(source)
        if isinstance(source, str):
            texts = [source]
        elif source.is_file():
            texts = [source.read_text()]
        else:
            files = [file for file in sorted(source.glob("*.yaml")) if file.name != "kustomization.yaml"]
            if not files:
                raise FileNotFoundError(f"no YAML files in {source}")
            texts = [file.read_text() for file in files]
        objects: list[JsonObject] = [obj for text in texts for obj in yaml.safe_load_all(text) if obj]
        stored = []
        for obj in sorted(objects, key=lambda obj: obj["kind"] != "Namespace"):
            resource = self._resource(obj["apiVersion"], obj["kind"])
            if resource["namespaced"]:
                obj["metadata"].setdefault("namespace", namespace)
            path = f"{self.path(obj)}?fieldManager=tests&force=true"
            stored.append(self.request("PATCH", path, obj, content_type=APPLY_PATCH))
        return stored

    def etcd(self, call: str, body: JsonObject) -> Any:
        """Send one request to etcd's key-value store, such as ``range`` or ``txn``; keys and values are base64."""
        response = self._etcd_pool.request("POST", f"{self.etcd_url}/v3/kv/{call}", body=json.dumps(body).encode())
        if response.status != 200:
            raise AssertionError(f"etcd {call}: {response.status} {response.data[:500]!r}")
        return json.loads(response.data)

    def service_account_token(self, namespace: str, name: str) -> str:
        """Return a new token of a ServiceAccount, good for an hour."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        token: str = self.request("POST", path, body)["status"]["token"]
        return token

    def kubeconfig(
        self, path: Path, token: str | None = None, *, insecure: bool = False, port: int | None = None
    ) -> Path:
        """Write a kubeconfig whose current context ``envtest`` logs in with a token; return its path.

        Args:
            token: the administrator's when None; a wrong one makes a login that is refused with 401.
            insecure: skip the check of the server's certificate instead of embedding the authority's.
            port: of loopback, such as a proxy's; the server's own when None.
        """
        authority = base64.b64encode(self.ca_file.read_bytes()).decode()
        trust = {"insecure-skip-tls-verify": True} if insecure else {"certificate-authority-data": authority}
        server = self.url if port is None else f"https://127.0.0.1:{port}"
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "envtest", "cluster": {"server": server, **trust}}],
            "users": [{"name": "envtest", "user": {"token": token or self.admin_token}}],
            "contexts": [{"name": "envtest", "context": {"cluster": "envtest", "user": "envtest"}}],
            "current-context": "envtest",
        }
        path.write_text(json.dumps(config, indent=2))  # JSON is YAML
        path.chmod(0o600)
        return path

    def dump(self, kinds: Iterable[tuple[str, str]]) -> JsonObject:
        """Return what ``kubectl get KIND,… -A -o json`` prints.

        Args:
            kinds: pairs of apiVersion and kind, such as ``("v1", "Node")``; a version gives way as in `create`.
        """
        items = []
        for wanted, kind in kinds:
            api_version = self._served_version(wanted, kind)
            listed = self.request("GET", self._collection(api_version, kind, None))
            items += [{"apiVersion": api_version, "kind": kind, **item} for item in listed["items"]]
        metadata = {"resourceVersion": "", "selfLink": ""}
        return {"apiVersion": "v1", "items": items, "kind": "List", "metadata": metadata}

    def path(self, obj: JsonObject) -> str:
        """Return the path of an object."""
        metadata = obj["metadata"]
        return f"{self._collection(obj['apiVersion'], obj['kind'], metadata.get('namespace'))}/{metadata['name']}"

    # Load

    def fill(self, nodes: int, pods: int, deployments: int | None = None) -> load.Filled:
        """Fill an empty store as a large cluster would: Deployments with a ReplicaSet and 50 pods each, over the nodes.

        With ``deployments`` there are so many of them, with as many pods each as that gives.
        40 % of the nodes run Docker; 2 % of the Deployments, at least one, mount Docker's socket and call it. Names,
        uids and places are the same on every run. Use a server of its own: `reset` does not remove what this writes.
        """
        return load.fill(self, nodes, pods, deployments)

    # Processes

    def _prepare(self) -> None:
        for name in ("etcd", "kube-apiserver"):
            if not os.access(self.assets / name, os.X_OK):
                raise RuntimeError(f"{ASSETS} names {self.assets}, which holds no program {name}")
        openssl = shutil.which("openssl")
        if openssl is None:
            raise RuntimeError("the program openssl is needed to make the key that signs service account tokens")
        command = [openssl, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "sa.key"]
        subprocess.run(command, cwd=self.directory, check=True, capture_output=True)
        (self.directory / "tokens.csv").write_text(f"{self.admin_token},admin,admin,system:masters\n")

    def _etcd_command(self) -> list[str]:
        return [
            "--data-dir=etcd",
            f"--listen-client-urls={self.etcd_url}",
            f"--advertise-client-urls={self.etcd_url}",
            "--listen-peer-urls=http://127.0.0.1:0",  # the only member: nobody needs to know the port
            "--unsafe-no-fsync=true",  # the data are thrown away
            f"--quota-backend-bytes={8 << 30}",  # 150,000 pods are near the 2 GiB that are the default
            *self.etcd_flags,
        ]

    def _apiserver_command(self) -> list[str]:
        return [
            f"--etcd-servers={self.etcd_url}",
            f"--secure-port={self.port}",
            "--bind-address=127.0.0.1",
            # The default is the address of the default route, and tests run on machines that have none.
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",  # refuses loopback addresses
            "--cert-dir=certs",
            "--token-auth-file=tokens.csv",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--service-account-key-file=sa.key",
            "--service-account-signing-key-file=sa.key",
            "--service-account-issuer=https://kubernetes.default.svc",
            # ServiceAccount waits for tokens, TaintNodesByCondition taints every new node: both count on a controller.
            "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
            "--allow-privileged=true",
            *self.flags,
        ]

    def _spawn(self, name: str, arguments: Sequence[str]) -> None:
        command = ["sh", "-c", _LEASH, name, str(self.assets / name), *arguments]
        with (self.directory / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                command,
                cwd=self.directory,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for pytest alone, which then closes in order
            )

    def _is_running(self, name: str) -> bool:
        process = self._processes.get(name)
        return process is not None and process.poll() is None

    def _end(self, name: str, signal_number: signal.Signals) -> None:
        process = self._processes.pop(name, None)
        if process is None:
            return
        if name == "kube-apiserver" and self._pool is not None:
            self._pool.clear()  # its idle connections would only fail after a restart
            self._pool = None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal_number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        reason = ""
        while time.monotonic() < deadline:
            for name, process in self._processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended with exit code {process.returncode}\n{self._log_tail(name)}")
            try:
                self.request("GET", "/readyz")
                # It is made by the server a moment after that; a test must not take it for one it made itself.
                self.request("GET", "/api/v1/namespaces/default")
            except (ApiError, urllib3.exceptions.HTTPError, OSError) as error:
                reason = str(error)
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(
            f"kube-apiserver was not ready in {START_SECONDS} s: {reason}\n{self._log_tail('kube-apiserver')}"
        )

    def _log_tail(self, name: str) -> str:
        lines = (self.directory / f"{name}.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-30:])

    # Discovery

    def _kinds(self, api_version: str) -> dict[str, JsonObject]:
        """Return the resources of a group and version by kind; a key ``<kind>/status`` stands for that subresource."""
        if api_version not in self._resources:
            prefix = "/apis" if "/" in api_version else "/api"
            try:
                listed = self.request("GET", f"{prefix}/{api_version}")["resources"]
            except ApiError as error:
                if error.code != 404:
                    raise
                listed = []
            kinds = {entry["kind"]: entry for entry in listed if "/" not in entry["name"]}
            statuses = {entry["name"] for entry in listed if entry["name"].endswith("/status")}
            for kind, entry in list(kinds.items()):
                if f"{entry['name']}/status" in statuses:
                    kinds[f"{kind}/status"] = entry
            self._resources[api_version] = kinds
        return self._resources[api_version]

    def _resource(self, api_version: str, kind: str) -> JsonObject:
        try:
            return self._kinds(api_version)[kind]
        except KeyError:
            raise AssertionError(f"this API server serves no {kind} in {api_version}") from None

    def _has_status(self, api_version: str, kind: str) -> bool:
        return f"{kind}/status" in self._kinds(api_version)

    def _served_version(self, api_version: str, kind: str) -> str:
        group, _, _ = api_version.rpartition("/")
        if group and kind not in self._kinds(api_version):
            for version in self.request("GET", f"/apis/{group}")["versions"]:
                if kind in self._kinds(version["groupVersion"]):
                    found: str = version["groupVersion"]
                    return found
        return api_version

    def _collection(self, api_version: str, kind: str, namespace: str | None) -> str:
        resource = self._resource(api_version, kind)
        prefix = "/apis" if "/" in api_version else "/api"
        scope = f"/namespaces/{namespace}" if resource["namespaced"] and namespace else ""
        return f"{prefix}/{api_version}{scope}/{resource['name']}"


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that were free a moment ago.

    They lie below those the system gives to outgoing connections (from 32768 on Linux, from 49152 elsewhere): while the
    server is down for a restart, nobody gets its port, and a client that retries cannot end up connected to itself.
    """
    found: set[int] = set()
    while len(found) < count:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.add(port)
    return list(found)


@contextlib.contextmanager
def _ignoring_not_found() -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        if error.code != 404:
            raise
