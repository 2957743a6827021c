"""Manifests judged before they ship: from paths to a view, with no cluster and no service."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

from bot.adapters import knowledge
from bot.adapters.manifest_files import shown
from bot.adapters.manifests import ManifestFiles, gather
from bot.app import judging, owner_keys
from bot.core.knowledge import Knowledge
from bot.core.manifests import Judged, judge_manifests
from bot.core.placing import Problem
from bot.core.topic_answers import GuideEntry
from bot.errors import UsageError
from bot.settings import Settings


def judge_files(settings: Settings, known: Knowledge, paths: Sequence[str], as_of: datetime) -> Judged:
    """Return what the manifests hold.

    Raises: UsageError: a path does not exist or cannot be read, or there is nothing of Kubernetes in any of them.
    """
    pools = knowledge.load_pools(settings.pool_label)
    manifests = ManifestFiles(paths, as_of, settings.cluster_name, owner_keys(settings), pools).read()
    if not manifests.objects and not manifests.gaps:
        # A wrong path in a pipeline must not pass as clean.
        raise UsageError("manifest-nothing", paths=", ".join(map(shown, paths)), n=manifests.files)
    return Judged(manifests, judge_manifests(manifests, judging(known, pools)))


def judge_texts(
    settings: Settings, known: Knowledge, texts: Iterable[tuple[str, bytes | Problem]], as_of: datetime
) -> Judged:
    """Return what texts hold, each with its name; in place of one there may be why it is not there."""
    pools = knowledge.load_pools(settings.pool_label)
    manifests = gather(texts, as_of, settings.cluster_name, owner_keys(settings), pools)
    return Judged(manifests, judge_manifests(manifests, judging(known, pools)))


def guide_entries(known: Knowledge, language: str) -> dict[str, GuideEntry]:
    """Return the guide of each rule, by code, in a reader's language."""
    return {code: guide.entry(language) for guide in known.guides for code in guide.rules}


def version() -> str | None:
    """Return the program's version, None where it runs from a folder without being installed."""
    try:
        return installed("unshim")
    except PackageNotFoundError:
        return None
