"""Rules about images, and reading image references (facts 4.2, row 18)."""

import pytest

from bot.core.rules import Severity, split_image
from bot.core.runtimes import Grade
from tests.factories import make_container
from tests.unit.clusters import codes, judged, the_finding


@pytest.mark.parametrize(
    ("image", "repository", "tag"),
    [
        pytest.param("nginx", "nginx", "", id="name-alone"),
        pytest.param("nginx:1.25", "nginx", "1.25", id="tag"),
        pytest.param("library/nginx:1.25", "library/nginx", "1.25", id="folder"),
        pytest.param("localhost:5000/nginx", "localhost:5000/nginx", "", id="port-is-no-tag"),
        pytest.param("registry.example.com:5000/a/b:1.0", "registry.example.com:5000/a/b", "1.0", id="port-and-tag"),
        pytest.param("nginx@sha256:0a1b", "nginx", "", id="digest"),
        pytest.param("nginx:1.25@sha256:0a1b", "nginx", "1.25", id="tag-and-digest"),
        pytest.param("localhost:5000/nginx@sha256:0a1b", "localhost:5000/nginx", "", id="port-and-digest"),
        pytest.param("", "", "", id="empty"),
    ],
)
def test_an_image_reference_splits_into_repository_and_tag(image: str, repository: str, tag: str) -> None:
    assert split_image(image) == (repository, tag)


@pytest.mark.parametrize(
    "image",
    [
        "docker:dind",
        "docker:20.10-dind",
        "docker:20.10.24-dind-rootless",
        "docker.io/library/docker:24-dind",
        "registry.example.com:5000/mirror/docker:24-dind",
        "docker:dind@sha256:0a1b",
        "example.com/ci/dind:1.0",
        "example.com/ci/dind",
        "summerwind/actions-runner-dind:v2.300",
    ],
)
def test_an_image_with_its_own_docker_daemon_is_worth_knowing_and_no_risk(image: str) -> None:
    workload = judged(image=image)
    finding = the_finding(workload)
    assert (finding.code, finding.severity, finding.reason) == ("dind", Severity.INFO, "dind")
    assert finding.value == image
    assert finding.field == "spec.template.spec.containers[0].image"
    assert not workload.is_at_risk


@pytest.mark.parametrize(
    "image",
    [
        "docker:20.10",
        "docker:latest",
        "docker@sha256:0a1b",
        "docker:20.10-git",
        "example.com/dind/app:1.0",
        "example.com/mydocker:dind",
        "dind.example.com/app:1.0",
        "nginx:dind",
    ],
)
def test_an_image_without_its_own_docker_daemon_is_not_dind(image: str) -> None:
    assert "dind" not in codes(judged(image=image))


@pytest.mark.parametrize(
    ("is_privileged", "grade"),
    [pytest.param(True, Grade.CERTAIN, id="privileged"), pytest.param(False, Grade.LIKELY, id="unprivileged")],
)
def test_a_daemon_needs_privileges_to_be_certain(grade: Grade, *, is_privileged: bool) -> None:
    assert the_finding(judged(image="docker:dind", privileged=is_privileged)).grade is grade


def test_dind_in_an_init_container_says_where() -> None:
    workload = judged(init_containers=[make_container("daemon", image="docker:dind")])
    assert the_finding(workload).field == "spec.template.spec.initContainers[0].image"


def test_dind_that_also_mounts_the_nodes_socket_is_a_blocker() -> None:
    workload = judged(image="docker:dind", privileged=True, host_paths={"/var/run/docker.sock": "/host.sock"})
    assert codes(workload) == ["docker-socket", "dind"]
    assert workload.is_at_risk


def test_two_daemons_are_two_findings() -> None:
    workload = judged(image="docker:dind", sidecars=[make_container("second", image="docker:dind")])
    assert [finding.containers for finding in workload.findings] == [("main",), ("second",)]
