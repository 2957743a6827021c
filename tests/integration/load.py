"""A large cluster's nodes, workloads and pods, written into a store in seconds; behind `ApiServer.fill`.

One object of each sort is created through the API, and copies of its stored bytes with other names go straight into
etcd. So the store holds the very protobuf that the API server writes, and 15,000 pods take seconds instead of the
minute and a half of their 30,000 requests. Copies written in one transaction share a resourceVersion.
"""

import base64
import itertools
import json
import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from tests import factories

JsonObject = dict[str, Any]

SEEN_SECONDS = 60


class Server(Protocol):
    """What is needed of an `ApiServer`."""

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Send one request to the API server."""

    def etcd(self, call: str, body: JsonObject) -> Any:
        """Send one request to etcd."""

    def create(self, obj: JsonObject) -> JsonObject:
        """Create an object through the API."""

    def delete(self, obj: JsonObject) -> None:
        """Delete an object through the API."""


class Filled(NamedTuple):
    """What `ApiServer.fill` wrote, so that a test can say what the right answer is."""

    nodes: int
    docker_nodes: int
    namespaces: int
    deployments: int
    socket_deployments: int
    pods: int
    socket_pods: int
    exposed_pods: int
    """Pods with the socket on Docker nodes."""


# The names in a mould. Every copy puts others of the same length in their place: protobuf counts the bytes of a string.
_NAMESPACE = "team-qqq"
_APP = "app-wwwww"
_HASH = "hhhhhhhhhh"
_SUFFIX = "zzzzz"
_NODE = "yyyyy"
_POOL = "pool-j"
_POD_IP = "10.199.199.199"
_HOST_IP = "172.16.199.199"
_UIDS = {kind: str(uuid.uuid5(uuid.NAMESPACE_URL, kind)) for kind in ("Node", "Deployment", "ReplicaSet", "Pod")}
_BATCH = 100  # puts in one transaction; etcd takes 128, and 1.5 MB


class _Mould(NamedTuple):
    """A key and a value of the store."""

    key: str
    value: bytes

    def copy(self, changes: Mapping[str, str]) -> "_Mould":
        """Return it with every text replaced by another of the same length."""
        key, value = self
        for old, new in changes.items():
            if len(old) != len(new):
                raise ValueError(f"{new!r} is not as long as {old!r}")
            key, value = key.replace(old, new), value.replace(old.encode(), new.encode())
        return _Mould(key, value)


def fill(server: Server, nodes: int, pods: int, deployments: int | None = None) -> Filled:
    """Fill an empty store; see `ApiServer.fill`."""
    deployments = deployments or max(1, round(pods / 50))
    replicas = -(-pods // deployments)
    namespaces = min(30, deployments)
    for number in range(namespaces):
        server.request("POST", "/api/v1/namespaces", factories.make_namespace(f"team-{number:03}"))

    node_moulds = [_node_mould(server, is_docker=is_docker) for is_docker in (False, True)]
    _put(server, "/api/v1/nodes", (node_moulds[_is_docker(n)].copy(_node_changes(n)) for n in range(nodes)))

    moulds = [_workload_moulds(server, replicas, has_socket=has_socket) for has_socket in (False, True)]
    # Not between the two: for a moment after it nothing is taken into a namespace of that name, one made anew or not.
    server.delete(factories.make_namespace(_NAMESPACE))
    workloads = [(moulds[_has_socket(d)], _workload_changes(d, d % namespaces)) for d in range(deployments)]
    _put(server, "/apis/apps/v1/deployments", (mould[0].copy(changes) for mould, changes in workloads))
    _put(server, "/apis/apps/v1/replicasets", (mould[1].copy(changes) for mould, changes in workloads))
    copies = (
        mould[2].copy(changes | _pod_changes(pod, pod % nodes))
        for pod in range(pods)
        for mould, changes in (workloads[pod * deployments // pods],)
    )
    _put(server, "/api/v1/pods", copies)

    has_socket = [_has_socket(pod * deployments // pods) for pod in range(pods)]
    return Filled(
        nodes=nodes,
        docker_nodes=sum(map(_is_docker, range(nodes))),
        namespaces=namespaces,
        deployments=deployments,
        socket_deployments=sum(map(_has_socket, range(deployments))),
        pods=pods,
        socket_pods=sum(has_socket),
        exposed_pods=sum(has_socket[pod] and _is_docker(pod % nodes) for pod in range(pods)),
    )


def mend(server: Server, filled: Filled) -> None:
    """Delete straight from etcd what `fill` made that mounts the socket, and all that `churn.Churn` left.

    What is deleted together shares a resourceVersion, as no real server does it: list anew afterwards.
    """
    for deployment in filter(_has_socket, range(filled.deployments)):
        name = f"team-{deployment % filled.namespaces:03}/app-{deployment:05}"
        _delete(server, f"/registry/deployments/{name}")
        for kind in ("replicasets", "pods"):
            _delete(server, f"/registry/{kind}/{name}-", is_prefix=True)
    for kind in ("deployments", "replicasets", "pods"):
        _delete(server, f"/registry/{kind}/churn-", is_prefix=True)


def _delete(server: Server, key: str, *, is_prefix: bool = False) -> None:
    end = {"range_end": _base64((key[:-1] + chr(ord(key[-1]) + 1)).encode())} if is_prefix else {}
    server.etcd("deleterange", {"key": _base64(key.encode()), **end})


def _node_mould(server: Server, *, is_docker: bool) -> _Mould:
    node = server.create(_load_node(is_docker=is_docker))
    mould = _mould(server, node, f"/registry/minions/{node['metadata']['name']}", {})
    server.delete(node)
    return mould


def _workload_moulds(server: Server, replicas: int, *, has_socket: bool) -> list[_Mould]:
    """Return the moulds of a Deployment, of its ReplicaSet and of one of its pods."""
    moulds: list[_Mould] = []
    uids: dict[str, str] = {}
    stored = [server.create(obj) for obj in _load_workload(replicas, has_socket=has_socket)]
    for obj in stored:
        uids[obj["metadata"]["uid"]] = _UIDS[obj["kind"]]
        key = f"/registry/{obj['kind'].lower()}s/{obj['metadata']['namespace']}/{obj['metadata']['name']}"
        moulds.append(_mould(server, obj, key, uids))
    for obj in stored:
        server.delete(obj)
    return moulds


def _mould(server: Server, obj: JsonObject, key: str, uids: Mapping[str, str]) -> _Mould:
    """Take an object's bytes out of the store, with stand-ins for the uids that the API server chose."""
    answer = server.etcd("range", {"key": _base64(key.encode())})
    mould = _Mould(key, base64.b64decode(answer["kvs"][0]["value"]))
    if not mould.value.startswith(b"k8s\0"):
        raise AssertionError(f"{key} is not stored as protobuf")
    return mould.copy({**uids, obj["metadata"]["uid"]: _UIDS[obj["kind"]]})


def _put(server: Server, collection: str, copies: Iterable[_Mould]) -> None:
    """Write into etcd and wait until the API server's watch cache has the last one."""
    last = None
    copies = iter(copies)
    while batch := list(itertools.islice(copies, _BATCH)):
        puts = [{"requestPut": {"key": _base64(key.encode()), "value": _base64(value)}} for key, value in batch]
        server.etcd("txn", {"success": puts})
        last = batch[-1].key.rpartition("/")[2]
    deadline = time.monotonic() + SEEN_SECONDS
    query = f"?resourceVersion=0&fieldSelector=metadata.name={last}"  # 0 asks the cache, not the store
    while last and not server.request("GET", collection + query)["items"]:
        if time.monotonic() > deadline:
            raise RuntimeError(f"the API server has not seen {last} in {SEEN_SECONDS} s")
        time.sleep(0.05)


def _is_docker(node: int) -> bool:
    return node % 5 < 2


def _has_socket(deployment: int) -> bool:
    return deployment % 50 == 0


def _node_changes(node: int) -> dict[str, str]:
    return {
        _NODE: f"{node:05}",
        _POOL: f"pool-{node % 10}",
        _HOST_IP: _ip("172.16", node),
        _UIDS["Node"]: _uid("node", node),
    }


def _workload_changes(deployment: int, namespace: int) -> dict[str, str]:
    return {
        _NAMESPACE: f"team-{namespace:03}",
        _APP: f"app-{deployment:05}",
        _HASH: factories.random_name(deployment, len(_HASH)),
        _UIDS["Deployment"]: _uid("deployment", deployment),
        _UIDS["ReplicaSet"]: _uid("replicaset", deployment),
    }


def _pod_changes(pod: int, node: int) -> dict[str, str]:
    return {
        _SUFFIX: factories.random_name(pod, len(_SUFFIX)),
        _NODE: f"{node:05}",
        _HOST_IP: _ip("172.16", node),
        _POD_IP: _ip(f"10.{100 + pod // 10_000}", pod % 10_000),
        _UIDS["Pod"]: _uid("pod", pod),
    }


def _uid(kind: str, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{number}"))


def _ip(network: str, number: int) -> str:
    """Return one of 10,000 addresses in a network, all of the same length."""
    high, low = divmod(number, 100)
    return f"{network}.{100 + high}.{100 + low}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _load_node(*, is_docker: bool) -> JsonObject:
    """Return a node about as large as a cloud provider's."""
    node = factories.make_node(
        f"node-{_NODE}",
        runtime=factories.DOCKER if is_docker else factories.CONTAINERD,
        labels={
            "eks.amazonaws.com/nodegroup": _POOL,
            "eks.amazonaws.com/capacityType": "ON_DEMAND",
            "node.kubernetes.io/instance-type": "m5.2xlarge",
            "topology.kubernetes.io/region": "ap-northeast-2",
            "topology.kubernetes.io/zone": "ap-northeast-2a",
        },
        annotations={
            "node.alpha.kubernetes.io/ttl": "0",
            "volumes.kubernetes.io/controller-managed-attach-detach": "true",
        },
        provider_id=f"aws:///ap-northeast-2a/i-0123456789ab{_NODE}",
    )
    node["status"]["addresses"] = [
        {"type": "InternalIP", "address": _HOST_IP},
        {"type": "Hostname", "address": f"node-{_NODE}"},
    ]
    node["status"]["images"] = [
        {
            "names": [
                f"registry.example.com/image-{number}@sha256:{str(number % 10) * 64}",
                f"registry.example.com/image-{number}:1.{number}.0",
            ],
            "sizeBytes": 100_000_000 + number,
        }
        for number in range(40)
    ]
    return node


def _load_workload(replicas: int, *, has_socket: bool) -> list[JsonObject]:
    """Return a Deployment, its ReplicaSet and one pod, whose JSON in an answer is about 5 kB."""
    image = f"registry.example.com/shop/{_APP}:2021.4.1-3f9d2c1"
    probe = {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 10, "timeoutSeconds": 3}
    main = factories.make_container(
        image=image,
        args=["--config=/etc/app/config.yaml", "--listen=:8080", "--log-format=json"],
        env={
            "APP_NAME": _APP,
            "APP_ENV": "production",
            "DATABASE_HOST": f"{_APP}-db.{_NAMESPACE}.svc.cluster.local",
            "REDIS_URL": f"redis://{_APP}-redis.{_NAMESPACE}.svc.cluster.local:6379/0",
        },
        mounts=[
            {"name": "config", "mountPath": "/etc/app", "readOnly": True},
            {"name": "cache", "mountPath": "/cache"},
        ],
    )
    main |= {
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": probe,
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {"runAsNonRoot": True},
    }
    volumes: list[JsonObject] = [
        {"name": "config", "configMap": {"name": f"{_APP}-config"}},
        {"name": "cache", "emptyDir": {}},
    ]
    if has_socket:
        volumes.append({"name": "docker", "hostPath": {"path": factories.DOCKER_SOCKET, "type": "Socket"}})
        main["volumeMounts"].append({"name": "docker", "mountPath": factories.DOCKER_SOCKET})
        main["command"] = ["/bin/sh", "-c", 'docker ps --quiet | xargs -r docker inspect; exec app "$@"', "app"]
    deployment = factories.make_deployment(
        _APP,
        namespace=_NAMESPACE,
        replicas=replicas,
        pod_labels={"app.kubernetes.io/name": _APP, "app.kubernetes.io/managed-by": "Helm", "team": _NAMESPACE},
        pod_annotations={"checksum/config": "0123456789abcdef" * 4, "prometheus.io/scrape": "true"},
        spec={"containers": [main], "volumes": volumes},
    )
    objects = [deployment, *factories.make_dependents(deployment, [f"node-{_NODE}"])]
    generated = objects[1]["metadata"]["labels"]["pod-template-hash"]
    deployment, replicaset, pod = json.loads(json.dumps(objects).replace(generated, _HASH))
    replicaset["spec"]["replicas"] = replicas
    pod["metadata"] |= {"name": f"{_APP}-{_HASH}-{_SUFFIX}", "generateName": f"{_APP}-{_HASH}-"}
    types = ("Ready", "PodScheduled")
    pod["status"] = {
        "phase": "Running",
        "hostIP": _HOST_IP,
        "podIP": _POD_IP,
        "podIPs": [{"ip": _POD_IP}],
        "qosClass": "Burstable",
        "startTime": factories.CREATED,
        "conditions": [{"type": type_, "status": "True", "lastTransitionTime": factories.CREATED} for type_ in types],
        "containerStatuses": [
            {
                "name": "main",
                "ready": True,
                "started": True,
                "restartCount": 0,
                "image": image,
                "imageID": f"registry.example.com/shop/{_APP}@sha256:{'0123456789abcdef' * 4}",
                "state": {"running": {"startedAt": factories.CREATED}},
            }
        ],
    }
    return [deployment, replicaset, pod]
