"""The demo's applications: shops, payments, data, models and batches, all fine on any runtime."""

from datetime import timedelta

from bot.playground.demo_controllers import Run, Storage, Workload
from bot.playground.demo_objects import (
    AS_OF,
    ON_GPU,
    TOLERATE_EDGE,
    TOLERATE_GPU,
    Json,
    container,
    from_secret,
    pod_spec,
    scratch,
)
from bot.playground.demo_pods import RUNNING

_INTERNAL = "registry.internal.example"


def applications() -> tuple[Workload, ...]:
    """Return every workload a product team runs."""
    return (*_builds(), *_payments(), *_web(), *_front(), *_data(), *_models(), *_batch(), *_sandbox())


def _app(image: str, *, port: int = 8080, **more: str) -> Json:
    """Return the spec of an in-house service: one container, pulled with the team's pull secret."""
    name = image.rpartition("/")[2].partition(":")[0]
    env = {"LOG_FORMAT": "json", **more}
    box = container(name, f"{_INTERNAL}/{image}", env=env, ports=[port], cpu="250m", memory="256Mi")
    return pod_spec(box, imagePullSecrets=[{"name": "regcred"}])


def _builds() -> tuple[Workload, ...]:
    buildkit = container(
        "buildkitd",
        "docker.io/moby/buildkit:v0.12.5-rootless",
        args=["--addr", "tcp://0.0.0.0:1234", "--oci-worker-no-process-sandbox"],
        mounts={"/home/user/.local/share/buildkit": "state"},
        ports=[1234],
        cpu="1",
        memory="2Gi",
    )
    mirror = container(
        "registry", "docker.io/library/registry:2.8.3", mounts={"/var/lib/registry": "cache"}, ports=[5000]
    )
    tests = container(
        "runner",
        f"{_INTERNAL}/build/contract-tests:3.0.1",
        env={"TESTS_PROFILE": "without-daemon"},
        mounts={"/var/run/docker.sock": "no-docker"},  # an empty directory where its library looks for a daemon
        cpu="250m",
        memory="512Mi",
    )
    return (
        Workload("Deployment", "ci", "buildkitd", pod_spec(buildkit, volumes=[scratch("state")]), 2),
        Workload("Deployment", "ci", "docker-registry-mirror", pod_spec(mirror, volumes=[scratch("cache")])),
        Workload("Deployment", "ci", "contract-tests", pod_spec(tests, volumes=[scratch("no-docker")])),
    )


def _postgres(image: str, account: str) -> Json:
    box = container(
        "postgres",
        image,
        args=["docker-entrypoint.sh", "postgres", "-c", "max_connections=300"],
        env={"POSTGRES_PASSWORD": from_secret(account, "password"), "PGDATA": "/var/lib/postgresql/data/pgdata"},
        mounts={"/var/lib/postgresql/data": "data"},
        ports=[5432],
        cpu="1",
        memory="4Gi",
    )
    return pod_spec(box)


def _payments() -> tuple[Workload, ...]:
    ledger = _postgres("docker.io/library/postgres:14.13", "ledger-db")
    storage = Storage("data", "100Gi", "local")
    last = AS_OF.replace(hour=8)
    worker = _app("payments/worker:5.11.0", QUEUE="settlements")
    reconcile = {**_app("payments/reconcile:5.11.0"), "restartPolicy": "OnFailure"}
    old_api = f"{_INTERNAL}/payments/api:5.10.3"
    return (
        Workload("Deployment", "payments", "payments-api", _app("payments/api:5.11.0"), 3, old_image=old_api),
        Workload("Deployment", "payments", "payments-worker", worker, 2, labels={"team": "settlements"}),
        Workload("StatefulSet", "payments", "ledger-db", ledger, 2, notes={"owner": "dba"}, storage=storage),
        Workload("CronJob", "payments", "reconcile", reconcile, schedule="0 * * * *", runs=(Run(last),)),
    )


def _web() -> tuple[Workload, ...]:
    storefront = _app("web/storefront:2024.48.1", port=3000)
    storefront["tolerations"] = [TOLERATE_EDGE]
    former = f"{_INTERNAL}/web/storefront:2024.47.0"
    cart = _app("web/cart-api:1.31.0", REDIS_URL="redis://redis.data.svc:6379/2")
    return (
        Workload("Rollout", "web", "storefront", storefront, 5, old_image=former),
        Workload("Deployment", "web", "catalog-api", _app("web/catalog-api:1.88.2"), 3),
        Workload("Deployment", "web", "cart-api", cart, 2),
        Workload("Deployment", "web", "search-api", _app("web/search-api:0.67.0"), 2, notes={"owner": "search-guild"}),
    )


def _front() -> tuple[Workload, ...]:
    nginx = container("nginx", "docker.io/library/nginx:1.25.5", ports=[80], cpu="50m", memory="64Mi")
    cache = container("memcached", "docker.io/library/memcached:1.6.27", args=["-m", "512"], ports=[11211])
    resizer = _app("web/image-resizer:4.2.0")
    resizer |= {"runtimeClassName": "gvisor", "nodeSelector": {"dedicated": "edge"}, "tolerations": [TOLERATE_EDGE]}
    seccomp = {"seccomp.security.alpha.kubernetes.io/pod": "docker/default"}
    pull = [{"name": "dockerhub-pull"}]
    return (
        Workload("Deployment", "web", "static-assets", pod_spec(nginx, imagePullSecrets=pull), 2),
        Workload("Deployment", "web", "image-resizer", resizer, 2),
        Workload("ReplicationController", "web", "memcached", pod_spec(cache), 2, pod_notes=seccomp),
    )


def _data() -> tuple[Workload, ...]:
    redis = container(
        "redis", "docker.io/bitnami/redis:7.0.15", ports=[6379], cpu="250m", memory="1Gi", mounts={"/data": "data"}
    )
    kafka = container(
        "kafka",
        "docker.io/bitnami/kafka:3.4.1",
        mounts={"/bitnami/kafka": "data"},
        ports=[9092],
        cpu="1",
        memory="4Gi",
    )
    redis_spec = pod_spec(redis, volumes=[scratch("data")])
    postgres = _postgres("docker.io/library/postgres:15.8", "warehouse")
    tracked = {"argocd.argoproj.io/tracking-id": "event-bus:apps/StatefulSet:data/kafka"}
    big, small = Storage("data", "500Gi", "local"), Storage("data", "250Gi", "nfs")
    return (
        Workload("StatefulSet", "data", "redis", redis_spec, 2, helm="redis"),
        Workload("StatefulSet", "data", "kafka", pod_spec(kafka), 3, notes=tracked, storage=big),
        Workload("StatefulSet", "data", "warehouse", postgres, labels={"team": "data-platform"}, storage=small),
    )


def _models() -> tuple[Workload, ...]:
    server = container(
        "triton",
        "nvcr.io/nvidia/tritonserver:23.04-py3",
        args=["tritonserver", "--model-repository=/models"],
        mounts={"/models": "models"},
        ports=[8000, 8001],
        memory="16Gi",
        gpus=4,
    )
    hub = container("hub", "quay.io/jupyterhub/k8s-hub:2.0.0", ports=[8081], memory="512Mi")
    embed = container("embed", f"{_INTERNAL}/ml/embed-backfill:0.3.0", args=["--shards=3"], cpu="8", memory="8Gi")
    server_spec = pod_spec(server, volumes=[scratch("models")], tolerations=[TOLERATE_GPU], selector=ON_GPU)
    embed_spec = pod_spec(embed, restart="Never")
    return (
        Workload("Deployment", "ml", "model-server", server_spec, 5, pending=1),
        Workload("Deployment", "ml", "jupyterhub", pod_spec(hub, account="hub"), helm="jupyterhub"),
        Workload("Job", "ml", "embed-backfill", embed_spec, 2, labels={"owner": "research"}),
    )


def _batch() -> tuple[Workload, ...]:
    def task(image: str) -> Json:
        return {**_app(image), "restartPolicy": "OnFailure"}

    night = AS_OF.replace(hour=1)
    hourly = (Run(AS_OF - timedelta(minutes=65)), Run(AS_OF - timedelta(minutes=5), RUNNING))
    scheduler = _app("batch/flow-scheduler:2.8.1")
    export = task("batch/invoice-export:1.6.0")
    report = task("batch/nightly-report:7.1.0")
    load = task("batch/etl-hourly:3.14.2")
    worker = _app("batch/flow-worker:2.8.1")
    return (
        Workload("CronJob", "batch", "nightly-report", report, schedule="0 1 * * *", runs=(Run(night),)),
        Workload("CronJob", "batch", "etl-hourly", load, schedule="55 * * * *", runs=hourly),
        Workload("CronJob", "batch", "invoice-export", export, schedule="0 6 1 * *", is_suspended=True),
        Workload("Deployment", "batch", "flow-scheduler", scheduler),
        Workload("StatefulSet", "batch", "flow-worker", worker, 2),
    )


def _sandbox() -> tuple[Workload, ...]:
    echo = container("echo", "registry.k8s.io/echoserver:1.10", ports=[8080])
    return (Workload("Deployment", "default", "echo", pod_spec(echo), labels={"owner": "sandbox"}),)
