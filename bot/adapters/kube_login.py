"""Logging in to a cluster with the kubernetes package; turns its failures into sentences a person can act on."""

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import yaml
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration
from kubernetes.config import kube_config
from kubernetes.config.config_exception import ConfigException
from kubernetes.config.incluster_config import load_incluster_config
from urllib3 import disable_warnings
from urllib3.exceptions import InsecureRequestWarning
from urllib3.util import Retry

from bot.adapters.kube_pool import suit_watches
from bot.errors import LoginError

#: Longest wait that a Retry-After of the API server is granted.
RETRY_AFTER_MAX_SECONDS = 10

#: Each kind's watch takes a connection; more than are kept would be closed, with a warning, at every renewal.
CONNECTIONS = 32

_MISSING_COMMAND = re.compile(r"No such file or directory: '([^']+)'")


@dataclass(frozen=True, slots=True)
class Login:
    """A client that authenticates, and what the kubeconfig calls the cluster (None inside a cluster)."""

    client: ApiClient
    cluster_name: str | None


def login(kubeconfig: str | None, context: str | None) -> Login:
    """Return an authenticated client: the given kubeconfig or context, else in-cluster, else the current context.

    The kubeconfig file is never written. Nothing is requested from the API server yet, but an exec
    plugin of the kubeconfig runs.

    Raises:
        LoginError: no kubeconfig, unknown context, unreadable file, or an exec plugin that is missing or failed.
    """
    configuration = Configuration()
    configuration.retries = Retry(
        total=3,
        connect=1,
        read=1,
        redirect=0,
        status=2,
        other=0,  # a certificate that cannot be verified does not get better by asking again
        status_forcelist=(429, 503),
        backoff_factor=0.3,
        retry_after_max=RETRY_AFTER_MAX_SECONDS,
        raise_on_redirect=False,
        raise_on_status=False,
    )
    if kubeconfig is None and context is None and _in_cluster(configuration):
        return Login(_client(configuration), None)
    name = _from_kubeconfig(kubeconfig, context, configuration)
    if not configuration.verify_ssl:
        # The kubeconfig says insecure-skip-tls-verify: its owner knows, and kubectl does not repeat it either.
        disable_warnings(InsecureRequestWarning)
    return Login(_client(configuration), name)


def _client(configuration: Configuration) -> ApiClient:
    configuration.connection_pool_maxsize = CONNECTIONS
    client = ApiClient(configuration)
    suit_watches(client.rest_client.pool_manager)
    return client


def _in_cluster(configuration: Configuration) -> bool:
    try:
        load_incluster_config(client_configuration=configuration)
    except (ConfigException, OSError):
        return False
    return True


def _from_kubeconfig(path: str | None, context: str | None, configuration: Configuration) -> str | None:
    """Load a kubeconfig into the configuration and return the name of its cluster."""
    where = path or kube_config.KUBE_CONFIG_DEFAULT_LOCATION or "~/.kube/config"
    try:
        contexts, current = kube_config.list_kube_config_contexts(config_file=path)
    except ConfigException as error:
        raise _config_error(error, where, context) from error
    except (yaml.YAMLError, OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise LoginError("kubeconfig-unreadable", path=where) from error
    chosen = current
    if context is not None:
        chosen = next((item for item in contexts if item.get("name") == context), None)
        if chosen is None:
            known = ", ".join(sorted(str(item.get("name")) for item in contexts)) or "-"
            raise LoginError("context-unknown", context=context, path=where, contexts=known)
    try:
        _check_entries(where, chosen)
    except (KeyError, TypeError, AttributeError) as error:
        raise LoginError("kubeconfig-unreadable", path=where) from error
    with _exec_plugin_errors() as failures:
        try:
            kube_config.load_kube_config(
                config_file=path, context=context, client_configuration=configuration, persist_config=False
            )
        except ConfigException as error:
            raise _config_error(error, where, context) from error
        except (yaml.YAMLError, OSError, KeyError, TypeError, AttributeError, ValueError) as error:
            raise LoginError("kubeconfig-unreadable", path=where) from error
    if failures:
        missing = _MISSING_COMMAND.search(failures[0])
        if missing:
            raise LoginError("exec-plugin-missing", command=missing[1], path=where)
        raise LoginError("exec-plugin-failed", path=where)
    return str((chosen.get("context") or {}).get("cluster") or chosen["name"]) if chosen else None


def _check_entries(where: str, chosen: dict[str, Any]) -> None:
    """Check that the context's user and server exist: without them the package goes on, anonymously or to localhost.

    Raises: LoginError: one of them is missing.
    """
    merged = kube_config.KubeConfigMerger(where).config.value
    wanted = chosen.get("context") or {}
    users = {str(node.value.get("name")) for node in merged["users"]}
    if wanted.get("user") and str(wanted["user"]) not in users:
        raise LoginError("user-unknown", user=str(wanted["user"]), path=where)
    for node in merged["clusters"]:
        if node.value.get("name") == wanted.get("cluster") and not (node.value.get("cluster") or {}).get("server"):
            raise LoginError("server-unset", path=where)


def _config_error(error: ConfigException, where: str, context: str | None) -> LoginError:
    text = str(error)
    if "No configuration found" in text:
        return LoginError("kubeconfig-missing", path=where)
    if "current-context" in text:
        return LoginError("context-unset", path=where)
    if "contexts" in text and context is None:
        return LoginError("context-broken", path=where)
    return LoginError("kubeconfig-unreadable", path=where)


@contextmanager
def _exec_plugin_errors() -> Iterator[list[str]]:
    """Collect what the kubernetes package only logs: it goes on without credentials when an exec plugin fails.

    The text can hold a plugin's stderr, so it is looked at and never shown.
    """
    failures: list[str] = []
    thread = threading.get_ident()

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == thread:  # in the bot others log errors of their own meanwhile
                failures.append(record.getMessage())

    handler = Collect(level=logging.ERROR)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield failures
    finally:
        root.removeHandler(handler)
