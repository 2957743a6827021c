"""What must never be flagged, however much it looks like Docker (facts 4.2, "Never flag")."""

import pytest

from tests.factories import PodSpec, make_container
from tests.unit.clusters import judged

DIND_SOCKET = "/var/run/docker.sock"

DECOYS: dict[str, PodSpec] = {
    "an image from docker.io": {"image": "docker.io/library/nginx:1.25"},
    "an image called docker-something": {"image": "example.com/docker-registry:2"},
    "an image pull secret": {
        "spec": {"imagePullSecrets": [{"name": "docker-registry"}], "containers": [make_container()]},
    },
    "a dockerconfigjson secret as a volume": {
        "volumes": [{"name": "auth", "secret": {"secretName": "dockerconfigjson"}}],
        "mounts": [{"name": "auth", "mountPath": "/root/.docker"}],
    },
    "an entrypoint called docker-entrypoint": {"command": ["/docker-entrypoint.sh"], "args": ["nginx"]},
    "the containerd socket": {"host_paths": {"/run/containerd/containerd.sock": "/containerd.sock"}},
    "the k3s containerd socket": {"host_paths": {"/run/k3s/containerd/containerd.sock": "/containerd.sock"}},
    "the kubelet's own files": {"host_paths": {"/var/lib/kubelet/config.json": "/config.json"}},
    "an emptyDir at the socket's place": {
        "volumes": [{"name": "dind", "emptyDir": {}}],
        "mounts": [{"name": "dind", "mountPath": DIND_SOCKET}],
    },
    "a config map called docker": {
        "volumes": [{"name": "docker", "configMap": {"name": "docker-config"}}],
        "mounts": [{"name": "docker", "mountPath": "/etc/docker"}],
    },
    "the node's pod logs": {"host_paths": {"/var/log/pods": "/pods", "/var/log/containers": "/containers"}},
    "a directory with docker in its name": {"host_paths": {"/srv/docker": "/srv", "/opt/docker-data": "/opt"}},
    "a directory of another application in /run": {"host_paths": {"/run/flannel": "/run/flannel"}},
    "a harbor registry": {"image": "goharbor/registry-photon:v2.9", "host_paths": {"/data/registry": "/storage"}},
    "a seccomp profile called docker/default": {
        "spec": {
            "securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "docker/default"}},
            "containers": [make_container()],
        },
    },
    "a container called docker": {"sidecars": [make_container("docker", image="nginx")]},
}


@pytest.mark.parametrize("name", DECOYS, ids=[name.replace(" ", "-") for name in DECOYS])
def test_a_decoy_is_never_flagged(name: str) -> None:
    assert judged(**DECOYS[name]).findings == ()
