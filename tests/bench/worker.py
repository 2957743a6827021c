"""What a fresh process does while it is timed: ``python -m tests.bench.worker TASK KUBECONFIG…``; the result is JSON.

Everything is imported and built before the clock starts.
"""

import json
import re
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from bot.core.view import ClusterView

_CONTINUE = re.compile(rb'"continue":"([^"]+)"')
_HEAD_BYTES = 4096  # the list's metadata stand before its items


def read(kubeconfig: str) -> dict[str, Any]:
    """Time a first full read by the program itself, from login to the judged view; return what it counted."""
    from bot import app

    views = app.build(app.load_settings(), app.Source(kubeconfig=kubeconfig)).views
    start = time.perf_counter()
    view = views.view()
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "counts": counts_of(view)}


def download(kubeconfig: str) -> dict[str, Any]:
    """Time the bare download of the pages a first full read asks for: nothing is decoded, every body is dropped.

    The login and the pool are the program's; only the first bytes of a page are searched, for its continue token.
    """
    from bot import app
    from bot.adapters.kube_login import login
    from bot.adapters.resources import resource_table

    page_size = app.load_settings().page_size
    client = login(kubeconfig, None).client
    _, host, headers, *_ = client.param_serialize(
        "GET", "", header_params={"Accept": "application/json"}, auth_settings=["BearerToken"]
    )
    pool = client.rest_client.pool_manager
    requests = size = 0

    def pages(path: str) -> bool:
        """Download a list; False when its version is not served."""
        nonlocal requests, size
        query = {"limit": str(page_size)}
        while True:
            response = pool.request("GET", host + path, fields=query, headers=headers)
            requests += 1
            if response.status == 404:
                return False
            if response.status != 200:
                raise RuntimeError(f"{path}: {response.status}")
            size += len(response.data)
            token = _CONTINUE.search(response.data[:_HEAD_BYTES].partition(b'"items":')[0])
            if token is None:
                return True
            query["continue"] = token[1].decode()

    lists = [list(resource.paths()) for resource in resource_table()]
    start = time.perf_counter()
    for paths in lists:
        if not any(pages(path) for path in paths):
            raise RuntimeError(f"none of {paths} is served")
    return {"seconds": time.perf_counter() - start, "requests": requests, "bytes": size}


class _Timed:
    """A function that adds up what its calls take: ``seconds`` of the clock, ``cpu`` seconds of the thread it is in."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.seconds = self.cpu = 0.0

    def __call__(self, *arguments: Any) -> Any:
        seconds, cpu = time.perf_counter(), time.thread_time()
        try:
            return self._function(*arguments)
        finally:
            self.seconds += time.perf_counter() - seconds
            self.cpu += time.thread_time() - cpu


def judge(kubeconfig: str) -> dict[str, Any]:
    """Time a first full read by its parts: downloading, decoding, slimming and judging.

    ``downloading``: seconds; ``slimming``: CPU seconds from decoded pages to slim objects; ``judging``: CPU seconds
    from those to the view, with rules, owners and counts (the core's part, as DESIGN draws it).
    ``templates``: distinct ones among the pods, as far as rules tell them apart.
    """
    from bot import app
    from bot.adapters import knowledge, kube, kube_api
    from bot.adapters.kube_login import login
    from bot.adapters.resources import resource_table

    settings = app.load_settings()
    api = kube_api.Api(login(kubeconfig, None).client, settings.request_timeout_seconds)
    get = _Timed(api.get)
    pools = knowledge.load_pools(settings.pool_label)
    reader = kube.KubeCluster(lambda: (api, None), app.owner_keys(settings), pools, settings.page_size, app.now)
    _, assessor = app.reading(settings, app.Source(kubeconfig=kubeconfig), knowledge.load_knowledge())
    table = resource_table()
    decoders = [_Timed(resource.page.decode) for resource in table]
    for resource, decoder in zip(table, decoders, strict=True):
        object.__setattr__(resource, "page", SimpleNamespace(decode=decoder))
    with patch.object(api, "get", get), patch.object(kube, "resource_table", lambda: table):
        start = time.thread_time()
        snapshot = reader.read()
        read = time.thread_time()
        view = assessor.assess(snapshot)
        judged = time.thread_time()
    return {
        "downloading": get.seconds,
        "slimming": read - start - sum(decoder.cpu for decoder in decoders),
        "judging": judged - read,
        "counts": counts_of(view),
        "templates": len({pod.template for pod in snapshot.pods}),
    }


def typed(kubeconfig: str) -> dict[str, Any]:
    """Time the official client's typed list of all pods, 500 a page; only the count is kept."""
    from kubernetes.client import CoreV1Api

    from bot.adapters.kube_login import login

    api = CoreV1Api(login(kubeconfig, None).client)
    pods, token = 0, None
    start = time.perf_counter()
    while True:
        page = api.list_pod_for_all_namespaces(limit=500, _continue=token)
        pods += len(page.items)
        token = page.metadata.var_continue if page.metadata else None
        if not token:
            return {"seconds": time.perf_counter() - start, "pods": pods}


def counts_of(view: "ClusterView") -> dict[str, int]:
    """Return what the rows compare with what was filled in."""
    return {
        "nodes": len(view.nodes),
        "nodes on Docker": sum(count for runtime, count in view.by_runtime.items() if runtime.is_docker),
        "workloads": len(view.workloads),
        "pods": sum(workload.pods.total for workload in view.workloads),
        "workloads at risk": len(view.at_risk),
        "pods exposed": sum(workload.pods.exposed for workload in view.workloads),
        "gaps": len(view.gaps),
    }


def lines(kubeconfig: str, path: str, version: str, count: str) -> dict[str, Any]:
    """Time the bare reading of a watch: the program's login, pool and pieces; lines are split off and dropped."""
    from bot import app

    settings = app.load_settings()
    api, _ = app.connecting(settings, app.Source(kubeconfig=kubeconfig))()
    seen = size = 0
    start = 0.0
    with api.stream(path, {"watch": "true", "resourceVersion": version}, settings.request_timeout_seconds) as pieces:
        for piece in pieces:
            start = start or time.perf_counter()
            seen += len(piece.split(b"\n")) - 1
            size += len(piece)
            if seen >= int(count):
                break
    return {"seconds": time.perf_counter() - start, "lines": seen, "bytes": size}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "read": read,
    "download": download,
    "judge": judge,
    "typed": typed,
    "lines": lines,
}

if __name__ == "__main__":
    _, task, *arguments = sys.argv
    sys.stdout.write(json.dumps(TASKS[task](*arguments)))
