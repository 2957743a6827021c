"""The demo's workloads that depend on the node's Docker, or look as if: what Unshim has to find, and how bad."""

from bot.playground.demo_controllers import Run, Storage, Workload
from bot.playground.demo_objects import (
    AS_OF,
    ON_GPU,
    TOLERATE_EDGE,
    TOLERATE_GPU,
    config,
    container,
    from_field,
    from_secret,
    host,
    pod_spec,
    scratch,
    secret,
)

_INTERNAL = "registry.internal.example"


def blockers() -> tuple[Workload, ...]:
    """Return what talks to Docker itself."""
    return (_datadog(), _weave_scope(), _gitlab_runner(), _image_cleaner(), _legacy_backup(), _gpu_metrics(), _trust())


def readers() -> tuple[Workload, ...]:
    """Return what reads Docker's files."""
    return _fluentd(), _cadvisor(), _build_cache()


def others() -> tuple[Workload, ...]:
    """Return what a person must look at, and what runs a Docker of its own."""
    return _debug_shell(), _arc_runner()


def _datadog() -> Workload:
    agent = container(
        "agent",
        "gcr.io/datadoghq/agent:7.23.1",
        env={
            "DD_API_KEY": from_secret("datadog", "api-key"),
            "DD_KUBERNETES_KUBELET_HOST": from_field("status.hostIP"),
            "DD_CLUSTER_NAME": "demo",
        },
        mounts={
            "/var/run/docker.sock:ro": "dockersocket",
            "/host/proc:ro": "procdir",
            "/host/sys/fs/cgroup:ro": "cgroups",
        },
        ports=[8125],
        cpu="200m",
        memory="256Mi",
    )
    spec = pod_spec(
        agent,
        account="datadog-agent",
        volumes=[
            host("dockersocket", "/var/run/docker.sock"),
            host("procdir", "/proc"),
            host("cgroups", "/sys/fs/cgroup"),
        ],
        tolerations=[TOLERATE_EDGE, TOLERATE_GPU],
    )
    return Workload("DaemonSet", "monitoring", "datadog-agent", spec, helm="datadog")


def _weave_scope() -> Workload:
    agent = container(
        "scope-agent",
        "docker.io/weaveworks/scope:1.13.2",
        args=["--mode=probe", "--probe-only", "--probe.docker=true", "weave-scope-app.default.svc:80"],
        mounts={"/var/run/docker.sock": "docker-socket", "/var/run/scope/plugins": "scope-plugins"},
        cpu="100m",
        memory="100Mi",
        privileged=True,
    )
    spec = pod_spec(
        agent,
        volumes=[host("docker-socket", "/var/run/docker.sock"), host("scope-plugins", "/var/run/scope/plugins")],
        selector={"debug/scope": "true"},
        hostNetwork=True,
        hostPID=True,
    )
    return Workload("DaemonSet", "default", "weave-scope-agent", spec)


def _gitlab_runner() -> Workload:
    runner = container(
        "runner",
        "gitlab/gitlab-runner:v14.10.1",
        args=["run", "--config=/etc/gitlab-runner/config.toml"],
        env={"CI_SERVER_URL": "https://git.internal.example/"},
        mounts={"/var/run/docker.sock": "docker-sock", "/etc/gitlab-runner:ro": "config", "/builds": "builds"},
        cpu="500m",
        memory="512Mi",
    )
    spec = pod_spec(
        runner,
        account="gitlab-runner",
        volumes=[
            host("docker-sock", "/var/run/docker.sock", "Socket"),
            secret("config", "gitlab-runner-config"),
            scratch("builds"),
        ],
    )
    return Workload("Deployment", "ci", "gitlab-runner", spec, 3, helm="gitlab-runner", evicted=1)


def _image_cleaner() -> Workload:
    cleaner = container(
        "prune",
        "docker:20.10-cli",
        command=["/bin/sh", "-c", "docker system prune --all --force --filter until=72h"],
        mounts={"/var/run/docker.sock": "docker-sock"},
        cpu="50m",
        memory="64Mi",
    )
    spec = pod_spec(cleaner, volumes=[host("docker-sock", "/var/run/docker.sock")], restart="OnFailure")
    last = AS_OF.replace(hour=3, minute=30)
    return Workload("CronJob", "payments", "image-cleaner", spec, schedule="30 3 * * *", runs=(Run(last),))


def _legacy_backup() -> Workload:
    backup = container(
        "backup",
        f"{_INTERNAL}/ops/volume-backup:0.9.2",
        command=["/usr/local/bin/backup.sh"],
        env={"DOCKER_HOST": "unix:///var/run/docker.sock", "BACKUP_TARGET": "nfs"},
        mounts={"/var/run/docker.sock": "docker", "/backup": "work"},
        cpu="100m",
        memory="128Mi",
    )
    spec = pod_spec(
        backup,
        volumes=[host("docker", "/var/run/docker.sock"), scratch("work")],
        imagePullSecrets=[{"name": "regcred"}],
    )
    return Workload("Deployment", "data", "legacy-backup", spec, 0)


def _gpu_metrics() -> Workload:
    endpoint = "unix:///var/run/dockershim.sock"
    exporter = container(
        "exporter",
        f"{_INTERNAL}/ml/gpu-metrics:0.4.2",
        args=["--listen=:9417"],
        env={"CONTAINER_RUNTIME_ENDPOINT": endpoint, "NODE_NAME": from_field("spec.nodeName")},
        mounts={"/var/run/dockershim.sock:ro": "runtime-sock"},
        ports=[9417],
        cpu="50m",
        memory="96Mi",
    )
    spec = pod_spec(
        exporter,
        volumes=[host("runtime-sock", "/var/run/dockershim.sock")],
        tolerations=[TOLERATE_GPU],
        selector=ON_GPU,
        imagePullSecrets=[{"name": "regcred"}],
    )
    return Workload("DaemonSet", "ml", "gpu-metrics", spec, labels={"owner": "gpu-squad"})


def _trust() -> Workload:
    target = f"/host/certs.d/{_INTERNAL}"
    writer = container(
        "writer",
        "docker.io/library/busybox:1.36",
        command=["/bin/sh", "-c", f"mkdir -p {target} && cp /ca/ca.crt {target}/ca.crt && sleep infinity"],
        mounts={"/host/certs.d": "certs", "/ca:ro": "ca"},
        cpu="10m",
        memory="16Mi",
    )
    spec = pod_spec(
        writer,
        volumes=[host("certs", "/etc/docker/certs.d", "DirectoryOrCreate"), config("ca", "internal-ca")],
    )
    return Workload("DaemonSet", "security", "registry-trust", spec, labels={"team": "platform-security"})


def _fluentd() -> Workload:
    shipper = container(
        "fluentd",
        "fluent/fluentd-kubernetes-daemonset:v1.11-debian-elasticsearch7-1",
        env={
            "FLUENT_ELASTICSEARCH_HOST": "elasticsearch.logging.svc",
            "FLUENT_CONTAINER_TAIL_PARSER_TYPE": "json",
        },
        mounts={"/var/log": "varlog", "/var/lib/docker/containers:ro": "dockercontainers"},
        cpu="100m",
        memory="256Mi",
    )
    spec = pod_spec(
        shipper,
        account="fluentd",
        volumes=[host("varlog", "/var/log"), host("dockercontainers", "/var/lib/docker/containers")],
        tolerations=[TOLERATE_GPU],
    )
    return Workload("DaemonSet", "logging", "fluentd", spec)


def _cadvisor() -> Workload:
    paths = {"rootfs": "/", "var-run": "/var/run", "sys": "/sys", "docker": "/var/lib/docker", "disk": "/dev/disk"}
    places = ("/rootfs:ro", "/var/run:ro", "/sys:ro", "/var/lib/docker:ro", "/dev/disk:ro")
    collector = container(
        "cadvisor",
        "gcr.io/cadvisor/cadvisor:v0.38.6",
        args=["--housekeeping_interval=10s", "--docker_only", "--store_container_labels=false"],
        mounts=dict(zip(places, paths, strict=True)),
        ports=[8080],
        cpu="150m",
        memory="200Mi",
    )
    spec = pod_spec(collector, volumes=[host(name, path) for name, path in paths.items()])
    return Workload("DaemonSet", "monitoring", "cadvisor", spec)


def _build_cache() -> Workload:
    cache = container(
        "cache",
        f"{_INTERNAL}/ml/build-cache:2.1.0",
        args=["serve", "--root=/cache", "--max-size=400Gi"],
        mounts={"/cache": "cache"},
        ports=[9092],
        cpu="1",
        memory="2Gi",
    )
    spec = pod_spec(cache, imagePullSecrets=[{"name": "regcred"}])
    storage = Storage("cache", "500Gi", "/var/lib/docker/volumes")
    return Workload("StatefulSet", "ml", "build-cache", spec, storage=storage)


def _debug_shell() -> Workload:
    shell = container(
        "shell", "docker.io/library/alpine:3.18", command=["sleep", "infinity"], mounts={"/host/run": "run"}
    )
    return Workload("Pod", "web", "debug-shell", pod_spec(shell, volumes=[host("run", "/var/run")]))


def _arc_runner() -> Workload:
    runner = container(
        "runner",
        "summerwind/actions-runner:v2.311.0-ubuntu-22.04",
        env={"DOCKER_HOST": "unix:///run/docker/docker.sock", "RUNNER_EPHEMERAL": "true"},
        mounts={"/run/docker": "dind-sock", "/runner/_work": "work"},
        cpu="500m",
        memory="1Gi",
    )
    daemon = container(
        "docker",
        "docker:24.0-dind",
        args=["dockerd", "--host=unix:///run/docker/docker.sock"],
        mounts={"/run/docker": "dind-sock", "/runner/_work": "work"},
        cpu="500m",
        memory="1Gi",
        privileged=True,
    )
    spec = pod_spec(runner, daemon, account="arc-runner", volumes=[scratch("dind-sock"), scratch("work")])
    return Workload("Deployment", "ci", "arc-runner", spec, 2, labels={"team": "build-tools"}, helm="arc")
