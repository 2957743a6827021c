"""The demo's infrastructure: cluster services, monitoring, logging, security and ingress, none of it tied to Docker."""

from bot.playground.demo_controllers import Run, Storage, Workload
from bot.playground.demo_objects import (
    AS_OF,
    ON_EDGE,
    ON_GPU,
    TOLERATE_ALL,
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


def infrastructure() -> tuple[Workload, ...]:
    """Return every workload that keeps the cluster running."""
    return (*_network(), *_system(), *_node_tools(), *_monitoring(), *_logging(), *_security(), *_ingress())


def _network() -> tuple[Workload, ...]:
    paths = {"/var/run/cilium": "cilium-run", "/sys/fs/bpf": "bpf-maps", "/run/xtables.lock": "xtables-lock"}
    agent = container(
        "cilium-agent",
        "quay.io/cilium/cilium:v1.13.18",
        command=["cilium-agent", "--config-dir=/tmp/cilium/config-map"],
        env={"K8S_NODE_NAME": from_field("spec.nodeName")},
        mounts=paths,
        cpu="100m",
        memory="512Mi",
        privileged=True,
    )
    agent_spec = pod_spec(
        agent,
        account="cilium",
        volumes=[host(name, path) for path, name in paths.items()],
        tolerations=[TOLERATE_ALL],
        hostNetwork=True,
        priorityClassName="system-node-critical",
    )
    operator = container("cilium-operator", "quay.io/cilium/operator-generic:v1.13.18")
    operator_spec = pod_spec(operator, account="cilium-operator", hostNetwork=True)
    return (
        Workload("DaemonSet", "kube-system", "cilium", agent_spec, helm="cilium"),
        Workload("Deployment", "kube-system", "cilium-operator", operator_spec, helm="cilium"),
    )


def _system() -> tuple[Workload, ...]:
    dns = container(
        "coredns",
        "registry.k8s.io/coredns/coredns:v1.9.3",
        args=["-conf", "/etc/coredns/Corefile"],
        mounts={"/etc/coredns:ro": "config-volume"},
        ports=[53, 9153],
        cpu="100m",
        memory="70Mi",
    )
    metrics = container(
        "metrics-server",
        "registry.k8s.io/metrics-server/metrics-server:v0.6.4",
        args=["--cert-dir=/tmp", "--secure-port=4443", "--kubelet-use-node-status-port"],
        mounts={"/tmp": "tmp-dir"},
        cpu="100m",
        memory="200Mi",
    )
    dns_spec = pod_spec(dns, account="coredns", volumes=[config("config-volume", "coredns")])
    metrics_spec = pod_spec(metrics, account="metrics-server", volumes=[scratch("tmp-dir")])
    return (
        Workload("Deployment", "kube-system", "coredns", dns_spec, 2),
        Workload("Deployment", "kube-system", "metrics-server", metrics_spec),
    )


def _node_tools() -> tuple[Workload, ...]:
    plugin = container(
        "nvidia-device-plugin-ctr",
        "nvcr.io/nvidia/k8s-device-plugin:v0.13.0",
        mounts={"/var/lib/kubelet/device-plugins": "device-plugin"},
    )
    prune = container(
        "crictl",
        "registry.internal.example/platform/crictl:1.25.0",
        args=["--runtime-endpoint=unix:///run/containerd/containerd.sock", "rmi", "--prune"],
        mounts={"/run/containerd/containerd.sock": "containerd-sock"},
    )
    containerd = [host("containerd-sock", "/run/containerd/containerd.sock", "Socket")]
    plugin_spec = pod_spec(
        plugin,
        volumes=[host("device-plugin", "/var/lib/kubelet/device-plugins")],
        tolerations=[TOLERATE_GPU],
        selector=ON_GPU,
    )
    prune_spec = pod_spec(prune, volumes=containerd, tolerations=[TOLERATE_EDGE], selector=ON_EDGE, restart="OnFailure")
    runs = (Run(AS_OF.replace(hour=4)),)
    return (
        Workload("DaemonSet", "kube-system", "nvidia-device-plugin-daemonset", plugin_spec),
        Workload("CronJob", "kube-system", "edge-image-prune", prune_spec, schedule="0 4 * * *", runs=runs),
    )


def _monitoring() -> tuple[Workload, ...]:
    prometheus = container(
        "prometheus",
        "quay.io/prometheus/prometheus:v2.45.6",
        args=["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.retention.time=15d"],
        mounts={"/prometheus": "data", "/etc/prometheus:ro": "config"},
        ports=[9090],
        cpu="1",
        memory="8Gi",
    )
    grafana = container(
        "grafana",
        "docker.io/grafana/grafana:9.5.18",
        env={"GF_SECURITY_ADMIN_PASSWORD": from_secret("grafana", "admin-password")},
        ports=[3000],
        memory="256Mi",
    )
    state = container(
        "kube-state-metrics", "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.8.2", ports=[8080]
    )
    prometheus_spec = pod_spec(prometheus, account="prometheus", volumes=[config("config", "prometheus")])
    state_spec = pod_spec(state, account="kube-state-metrics")
    storage = Storage("data", "200Gi", "nfs")
    old_grafana = "docker.io/grafana/grafana:9.3.2"
    return (
        Workload("StatefulSet", "monitoring", "prometheus", prometheus_spec, 2, storage=storage),
        Workload("Deployment", "monitoring", "grafana", pod_spec(grafana), helm="grafana", old_image=old_grafana),
        Workload("Deployment", "monitoring", "kube-state-metrics", state_spec, helm="kube-state-metrics"),
    )


def _logging() -> tuple[Workload, ...]:
    bit = container(
        "fluent-bit",
        "fluent/fluent-bit:2.1.10",
        mounts={"/var/log:ro": "varlog", "/fluent-bit/etc:ro": "config"},
        ports=[2020],
        cpu="50m",
        memory="64Mi",
    )
    search = container(
        "elasticsearch",
        "docker.elastic.co/elasticsearch/elasticsearch:7.17.22",
        env={"cluster.name": "logs", "ES_JAVA_OPTS": "-Xms4g -Xmx4g"},
        mounts={"/usr/share/elasticsearch/data": "data"},
        ports=[9200, 9300],
        cpu="2",
        memory="8Gi",
    )
    kibana = container("kibana", "docker.elastic.co/kibana/kibana:7.17.22", ports=[5601], memory="1Gi")
    bit_spec = pod_spec(
        bit,
        account="fluent-bit",
        volumes=[host("varlog", "/var/log"), config("config", "fluent-bit")],
        tolerations=[TOLERATE_EDGE],
        selector=ON_EDGE,
    )
    storage = Storage("data", "400Gi", "local")
    return (
        Workload("DaemonSet", "logging", "fluent-bit", bit_spec, helm="fluent-bit"),
        Workload("StatefulSet", "logging", "elasticsearch", pod_spec(search), 3, storage=storage),
        Workload("Deployment", "logging", "kibana", pod_spec(kibana)),
    )


def _security() -> tuple[Workload, ...]:
    certs = container(
        "cert-manager-controller",
        "quay.io/jetstack/cert-manager-controller:v1.11.5",
        args=["--v=2", "--leader-election-namespace=security"],
        ports=[9402],
    )
    vault = container(
        "vault",
        "docker.io/hashicorp/vault:1.13.13",
        command=["/bin/sh", "-ec"],
        args=["/usr/local/bin/docker-entrypoint.sh vault server -config=/vault/config/server.hcl"],
        mounts={"/vault/config:ro": "config"},
        ports=[8200],
        memory="256Mi",
    )
    proxy = container(
        "oauth2-proxy",
        "quay.io/oauth2-proxy/oauth2-proxy:v7.4.0",
        args=["--provider=oidc", "--http-address=0.0.0.0:4180"],
        env={"OAUTH2_PROXY_COOKIE_SECRET": from_secret("oauth2-proxy", "cookie-secret")},
        ports=[4180],
    )
    vault_spec = pod_spec(vault, account="vault", volumes=[config("config", "vault-config")])
    certs_spec = pod_spec(certs, account="cert-manager")
    return (
        Workload("Deployment", "security", "cert-manager", certs_spec, helm="cert-manager"),
        Workload("StatefulSet", "security", "vault", vault_spec, 2, helm="vault"),
        Workload("Deployment", "security", "oauth2-proxy", pod_spec(proxy), labels={"team": "identity"}),
    )


def _ingress() -> tuple[Workload, ...]:
    nginx = container(
        "controller",
        "registry.k8s.io/ingress-nginx/controller:v1.8.4",
        args=["/nginx-ingress-controller", "--controller-class=k8s.io/ingress-nginx"],
        mounts={"/usr/local/certificates:ro": "webhook-cert"},
        ports=[80, 443, 8443],
        cpu="500m",
        memory="512Mi",
    )
    dns = container("external-dns", "registry.k8s.io/external-dns/external-dns:v0.13.6", args=["--provider=rfc2136"])
    spec = pod_spec(
        nginx,
        account="ingress-nginx",
        volumes=[secret("webhook-cert", "ingress-nginx-admission")],
        tolerations=[TOLERATE_EDGE],
        selector=ON_EDGE,
    )
    old = "registry.k8s.io/ingress-nginx/controller:v1.8.1"
    dns_spec = pod_spec(dns, account="external-dns")
    return (
        Workload("Deployment", "ingress", "ingress-nginx-controller", spec, 3, helm="ingress-nginx", old_image=old),
        Workload("Deployment", "ingress", "external-dns", dns_spec),
    )
