"""Addresses of a daemon as DOCKER_HOST, ``-H`` and runtime settings write them; knows no rule and no mount."""

import re
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address

from msgspec import Struct

from bot.core.paths import PIPE_PREFIX, normalise

#: What ``unix://`` alone means to Docker (docker/cli opts/hosts.go, read 2026-11-29).
DEFAULT_SOCKET = "/var/run/docker.sock"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?=/)")
_NETWORK = frozenset({"tcp", "http", "https", "ssh"})
_AUTHORITY = re.compile(r"(?:\[([^\[\]/]*)\]|([^:\[\]]*))(?::(\d{1,5})?)?")
_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})
_LAST_PORT = 65_535


class Transport(StrEnum):
    """How a daemon is reached. TCP stands for http and https as well."""

    UNIX = "unix"
    PIPE = "npipe"
    TCP = "tcp"
    SSH = "ssh"


class Endpoint(Struct, frozen=True):
    """Where a daemon listens. User and password never get in here.

    Args:
        path: of a socket as written, in the container's view; of a named pipe in normal form, ``pipe:docker_engine``;
            empty for the others.
        host: without brackets, in lower case unless it holds a reference such as ``$(HOST_IP)``; empty for the others.
        port: None where none is written.
    """

    transport: Transport
    path: str = ""
    host: str = ""
    port: int | None = None

    @property
    def is_loopback(self) -> bool:
        """Whether the host is the pod (or, with hostNetwork, the node) itself; Linux takes 0.0.0.0 as that."""
        address = self._address
        if address is None:
            return self.host in _LOCAL_NAMES or self.host.endswith(".localhost")
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        address = mapped or address
        return address.is_loopback or address.is_unspecified

    @property
    def is_literal_ip(self) -> bool:
        """Whether the host is an IP address and no name."""
        return self._address is not None

    @property
    def _address(self) -> IPv4Address | IPv6Address | None:
        try:
            return ip_address(self.host)
        except ValueError:
            return None

    def __str__(self) -> str:
        """As one would write it, without user and password."""
        if self.transport is Transport.UNIX:
            return f"unix://{self.path}"
        if self.transport is Transport.PIPE:
            return f"npipe:////./pipe/{self.path.removeprefix(PIPE_PREFIX)}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}://{host}" + (f":{self.port}" if self.port is not None else "")


def read_endpoint(text: str) -> Endpoint | None:
    """Read an address: a socket or pipe with or without its scheme, a URL, ``host:port`` or an IP; None for the rest.

    ``tcp://`` without a host is localhost, as it is to Docker. Never raises.
    """
    text = text.strip().strip("'\"")
    if (path := normalise(text)).startswith(PIPE_PREFIX):
        return Endpoint(Transport.PIPE, path=path)
    if scheme := _SCHEME.match(text):
        name, rest = scheme[1].lower(), text[scheme.end() :]
        if name == "unix":
            return Endpoint(Transport.UNIX, path="/" + rest.lstrip("/") if rest.strip("/") else DEFAULT_SOCKET)
        if name not in _NETWORK or not rest.startswith("//"):
            return None
        transport = Transport.SSH if name == "ssh" else Transport.TCP
        return _network(transport, re.split(r"[/?#]", rest[2:], maxsplit=1)[0] if "@" not in rest else rest[2:])
    if text.startswith("/"):
        return Endpoint(Transport.UNIX, path=text)
    endpoint = _network(Transport.TCP, text)
    return endpoint if endpoint and (endpoint.port is not None or endpoint.is_literal_ip) else None


def _network(transport: Transport, authority: str) -> Endpoint | None:
    # A password may hold a slash, so what stands before the last @ goes first.
    authority = re.split(r"[/?#]", authority.rpartition("@")[2], maxsplit=1)[0]
    try:
        ip_address(authority)
        return Endpoint(transport, host=authority.lower())  # IPv6 without brackets
    except ValueError:
        pass
    match = _AUTHORITY.fullmatch(authority)
    if match is None or any(char.isspace() for char in authority):
        return None
    port = int(match[3]) if match[3] else None
    if port is not None and port > _LAST_PORT:
        return None
    host = match[1] or match[2] or "localhost"
    return Endpoint(transport, host=host if "$" in host else host.lower(), port=port)
