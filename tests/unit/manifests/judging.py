"""Texts of manifests through the real readers and the real judge."""

from bot.adapters.manifests import gather
from bot.core.manifests import judge_manifests
from bot.core.owners import OwnerKeys
from bot.core.view import ClusterView
from tests.unit.clusters import AS_OF, assessor, pool_table


def judge(*texts: str | bytes, **files: str) -> ClusterView:
    """Return the view of texts, called ``m.yaml``, ``m1.yaml``, … ."""
    named = [(f"m{number or ''}.yaml", text) for number, text in enumerate(texts)]
    data = [(name, text.encode() if isinstance(text, str) else text) for name, text in [*named, *files.items()]]
    return judge_manifests(gather(data, AS_OF, None, OwnerKeys(), pool_table()), assessor())


def found(view: ClusterView) -> list[tuple[str, str, str, str]]:
    """Return (workload, code, field, place) of every finding."""
    return [
        (
            "/".join(part for part in workload.key[:3] if part),
            finding.code,
            finding.field,
            finding.place.text if finding.place else "",
        )
        for workload in view.with_findings
        for finding in workload.findings
    ]


def problems(view: ClusterView) -> list[tuple[str, str]]:
    """Return (place, what is wrong) of every gap."""
    return [(gap.what, gap.problem.key if gap.problem else "") for gap in view.gaps]
