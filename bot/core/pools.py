"""Provider and pool of a node, by a table that is data: adding a vendor edits no Python."""

import re
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from bot.core.objects import Node
from bot.core.versions import parse

INSTANCE_TYPE = "node.kubernetes.io/instance-type"
_TRAILING_ID = re.compile(r"^(.*?[^-._0-9])[-._]*[0-9][-._0-9]*$")


class PoolKey(Struct, frozen=True):
    """One place that may name a node's pool.

    Args:
        kind: ``label``, ``annotation``, ``label-prefix`` (the rest of the key is the pool) or
            ``annotation-pattern`` (the pattern's first group is the pool).
        only_provider: provider the key means a pool on, None for all.
    """

    kind: str
    key: str
    pattern: str | None = None
    only_provider: str | None = None


class Provider(Struct, frozen=True):
    """How a provider or distribution shows on its nodes; one hit in any field is enough."""

    id: str
    name: str
    labels: tuple[str, ...] = ()
    label_prefixes: tuple[str, ...] = ()
    provider_id_prefixes: tuple[str, ...] = ()
    kubelet_contains: tuple[str, ...] = ()
    os_image_contains: tuple[str, ...] = ()
    node_names: tuple[str, ...] = ()


class PoolTable(Struct, frozen=True):
    """Built-in keys and providers, in order, and the user's own pool label (``UNSHIM_POOL_LABEL``)."""

    keys: tuple[PoolKey, ...] = ()
    providers: tuple[Provider, ...] = ()
    pool_label: str | None = None

    def keeps_label(self, key: str) -> bool:
        """Whether a node label is needed to name a pool or a provider."""
        if key in (self.pool_label, INSTANCE_TYPE):
            return True
        if any(pool.key == key or (pool.kind == "label-prefix" and key.startswith(pool.key)) for pool in self.keys):
            return True
        return any(key in provider.labels or key.startswith(provider.label_prefixes) for provider in self.providers)

    def keeps_annotation(self, key: str) -> bool:
        """Whether a node annotation is needed to name a pool."""
        return any(pool.key == key and pool.kind.startswith("annotation") for pool in self.keys)


def provider_of(node: Node, table: PoolTable) -> str | None:
    """Return the id of the first provider the node shows a sign of, or None."""
    keys = [key for key, _ in node.labels]
    for provider in table.providers:
        if (
            any(key in provider.labels or key.startswith(provider.label_prefixes) for key in keys)
            or (provider.provider_id_prefixes and node.provider_id.startswith(provider.provider_id_prefixes))
            or any(part in node.kubelet_version for part in provider.kubelet_contains)
            or any(part in node.os_image for part in provider.os_image_contains)
            or node.name in provider.node_names
        ):
            return provider.id
    return None


def cluster_provider(providers: Iterable[str | None]) -> str | None:
    """Return the provider most nodes show, or None when most show none."""
    counts = Counter(providers)
    return min(counts, key=lambda provider: (-counts[provider], provider or "")) if counts else None


def pool_of(node: Node, provider: str | None, runtime: str, table: PoolTable) -> str | None:
    """Return the node's pool.

    The user's label decides alone when it is set: a node without it has no pool (None). Else the first
    built-in key found; else nodes are grouped by instance type, OS image, kubelet minor and runtime; else
    by their name without its trailing id.
    """
    labels, annotations = dict(node.labels), dict(node.annotations)
    if table.pool_label:
        return labels.get(table.pool_label) or None
    for key in table.keys:
        if key.only_provider in (None, provider) and (found := _lookup(key, labels, annotations)):
            return found
    kubelet = parse(node.kubelet_version)
    if instance_type := labels.get(INSTANCE_TYPE):
        return " / ".join((instance_type, node.os_image, kubelet.short if kubelet else "?", runtime))
    host = node.name.partition(".")[0]
    trailing = _TRAILING_ID.match(host)
    return trailing[1] if trailing else host


def _lookup(key: PoolKey, labels: dict[str, str], annotations: dict[str, str]) -> str | None:
    if key.kind == "label":
        return labels.get(key.key)
    if key.kind == "annotation":
        return annotations.get(key.key)
    if key.kind == "label-prefix":
        roles = sorted(name.removeprefix(key.key) for name in labels if name.startswith(key.key))
        # A node may carry several roles; the one that is not "worker" is the more telling pool.
        return next((role for role in roles if role and role != "worker"), next(iter(roles), None))
    match = re.match(key.pattern or "$^", annotations.get(key.key, ""))
    return match[1] if match else None
