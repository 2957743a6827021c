"""The owner ladder: who must act on a workload, from what its objects say about themselves."""

from collections.abc import Mapping

from msgspec import Struct

from bot.core.names import bounded
from bot.core.objects import NO_HINTS, OwnerHints

HELM_RELEASE = "meta.helm.sh/release-name"
HELM_MANAGED_BY = "app.kubernetes.io/managed-by"
INSTANCE = "app.kubernetes.io/instance"
ARGO_TRACKING = "argocd.argoproj.io/tracking-id"
ARGO_INSTANCE = "argocd.argoproj.io/instance"


class OwnerKeys(Struct, frozen=True):
    """Which keys name an owner, each list tried in order.

    Args:
        labels: label keys on the workload, then on its pod template.
        annotations: annotation keys on the workload, then on its pod template.
        namespace_labels: label keys on the namespace.
    """

    labels: tuple[str, ...] = ("team", "owner")
    annotations: tuple[str, ...] = ("team", "owner")
    namespace_labels: tuple[str, ...] = ("team", "owner")


class Owner(Struct, frozen=True):
    """Who must act. ``source`` is the rung: label, annotation, namespace, helm or argo."""

    name: str
    source: str


def hints_of(labels: Mapping[str, str], annotations: Mapping[str, str], keys: OwnerKeys) -> OwnerHints:
    """Return what one object's metadata says, every rung kept apart."""
    if not labels and not annotations:
        return NO_HINTS
    helm = annotations.get(HELM_RELEASE)
    if helm is None and labels.get(HELM_MANAGED_BY) == "Helm":
        helm = labels.get(INSTANCE)
    argo = annotations.get(ARGO_TRACKING, "").partition(":")[0] or labels.get(ARGO_INSTANCE)
    hints = OwnerHints(first(labels, keys.labels), first(annotations, keys.annotations), helm or None, argo or None)
    return NO_HINTS if hints == NO_HINTS else hints


def merge(first_hints: OwnerHints, then: OwnerHints) -> OwnerHints:
    """Return hints in which the first object's word counts before the second's, rung by rung."""
    if then is NO_HINTS:
        return first_hints
    if first_hints is NO_HINTS:
        return then
    return OwnerHints(
        first_hints.label or then.label,
        first_hints.annotation or then.annotation,
        first_hints.helm or then.helm,
        first_hints.argo or then.argo,
    )


def first(values: Mapping[str, str], keys: tuple[str, ...]) -> str | None:
    """Return the first non-empty value among the keys."""
    for key in keys:  # for each of 100,000 objects: a generator takes three times as long
        if value := values.get(key):
            return value
    return None


def owner_of(hints: OwnerHints, namespace_owner: str | None) -> Owner | None:
    """Climb the ladder: label, annotation, namespace, Helm release, Argo CD application; None is unowned."""
    rungs = (
        ("label", hints.label),
        ("annotation", hints.annotation),
        ("namespace", namespace_owner),
        ("helm", hints.helm),
        ("argo", hints.argo),
    )
    return next((Owner(bounded(name), source) for source, name in rungs if name), None)
