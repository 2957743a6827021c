"""Addresses of a daemon: every way they are written, and no user or password in what is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.endpoints import Endpoint, Transport, read_endpoint


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param("unix:///var/run/docker.sock", "/var/run/docker.sock", id="three-slashes"),
        pytest.param("unix:/var/run/docker.sock", "/var/run/docker.sock", id="one-slash"),
        pytest.param("unix://var/run/docker.sock", "/var/run/docker.sock", id="two-slashes"),
        pytest.param("UNIX:///x", "/x", id="capitals"),
        pytest.param("/x/docker.sock", "/x/docker.sock", id="path"),
        pytest.param(" 'unix:///x' ", "/x", id="quoted-and-blanks"),
        pytest.param("unix://", "/var/run/docker.sock", id="docker-s-default"),
        pytest.param("unix:///x/a@b:1", "/x/a@b:1", id="at-sign-in-a-path"),
    ],
)
def test_a_unix_socket(text: str, path: str) -> None:
    assert read_endpoint(text) == Endpoint(Transport.UNIX, path=path)


@pytest.mark.parametrize(
    "text",
    [
        "npipe:////./pipe/docker_engine",
        r"\\.\pipe\docker_engine",
        "//./pipe/docker_engine",
        r"npipe:\\.\PIPE\docker_engine",
    ],
)
def test_a_named_pipe_in_any_slashes(text: str) -> None:
    endpoint = read_endpoint(text)
    assert endpoint == Endpoint(Transport.PIPE, path="pipe:docker_engine")
    assert str(endpoint) == "npipe:////./pipe/docker_engine"


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        pytest.param("tcp://h:2375", "h", 2375, id="tcp"),
        pytest.param("tcp://H.example.COM", "h.example.com", None, id="no-port"),
        pytest.param("http://h:80/path?x=1#y", "h", 80, id="http"),
        pytest.param("https://h", "h", None, id="https"),
        pytest.param("tcp://[::1]:2376", "::1", 2376, id="ipv6"),
        pytest.param("tcp://[fe80::1%eth0]", "fe80::1%eth0", None, id="ipv6-with-a-zone"),
        pytest.param("[::1]:2376", "::1", 2376, id="bare-ipv6"),
        pytest.param("::1", "::1", None, id="ipv6-alone"),
        pytest.param("10.0.0.5", "10.0.0.5", None, id="ipv4-alone"),
        pytest.param("10.0.0.5:2375", "10.0.0.5", 2375, id="bare-ipv4"),
        pytest.param("docker:2375", "docker", 2375, id="bare-name"),
        pytest.param("tcp://", "localhost", None, id="docker-s-default"),
        pytest.param("tcp://:2375", "localhost", 2375, id="port-alone"),
        pytest.param("tcp://h:", "h", None, id="empty-port"),
        pytest.param("tcp://u:secret@h:1", "h", 1, id="password"),
        pytest.param("tcp://u:se/cr@et@h:1", "h", 1, id="password-with-odd-signs"),
        pytest.param("u:secret@h:1", "h", 1, id="password-without-a-scheme"),
        pytest.param("tcp://$(HOST_IP):2375", "$(HOST_IP)", 2375, id="reference"),
        pytest.param("$(HOST_IP):2375", "$(HOST_IP)", 2375, id="bare-reference"),
        pytest.param("tcp://${HOST_IP}:2375", "${HOST_IP}", 2375, id="variable-of-a-shell"),
    ],
)
def test_a_host_and_port(text: str, host: str, port: int | None) -> None:
    assert read_endpoint(text) == Endpoint(Transport.TCP, host=host, port=port)


def test_ssh_without_its_user() -> None:
    assert read_endpoint("ssh://me:secret@h:22/x") == Endpoint(Transport.SSH, host="h", port=22)
    assert str(read_endpoint("ssh://builder@10.0.0.9")) == "ssh://10.0.0.9"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "docker",
        "fd://",
        "tcp://h:99999",
        "tcp://a b:1",
        "tcp:h",
        "h:x",
        "foo://h:1",
        "C:\\docker",
        "tcp://[::1",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert read_endpoint(text) is None


@pytest.mark.parametrize(
    ("host", "is_loopback", "is_literal_ip"),
    [
        ("localhost", True, False),
        ("LOCALHOST", True, False),
        ("x.localhost", True, False),
        ("127.0.0.1", True, True),
        ("127.9.9.9", True, True),
        ("0.0.0.0", True, True),
        ("[::1]", True, True),
        ("[::]", True, True),
        ("[::ffff:127.0.0.1]", True, True),
        ("10.0.0.5", False, True),
        ("172.17.0.1", False, True),
        ("[fd00::1]", False, True),
        ("docker", False, False),
        ("localhost.example.com", False, False),
        ("127.0.0.1.example.com", False, False),
        ("$(HOST_IP)", False, False),
    ],
)
def test_what_a_host_is(host: str, is_loopback: bool, is_literal_ip: bool) -> None:
    endpoint = read_endpoint(f"tcp://{host}:2375")
    assert endpoint is not None
    assert (endpoint.is_loopback, endpoint.is_literal_ip) == (is_loopback, is_literal_ip)


@given(st.text(max_size=80))
def test_no_text_raises_and_what_is_written_reads_the_same(text: str) -> None:
    for written in (text, f"tcp://{text}", f"unix:{text}", f"ssh://{text}", f"npipe:////./pipe/{text}"):
        endpoint = read_endpoint(written)
        if endpoint is not None and not set(text) & set("'\"\\") and text == text.strip():
            assert read_endpoint(str(endpoint)) == endpoint


names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)


@given(st.sampled_from(["tcp://", "ssh://", "http://", ""]), st.text(min_size=1, max_size=20), names)
def test_nothing_in_front_of_the_at_sign_is_kept(scheme: str, password: str, host: str) -> None:
    endpoint = read_endpoint(f"{scheme}user:{password}@{host}:2375")
    if endpoint is not None and endpoint.host:
        assert endpoint.host == host
