"""Manifests of a message, judged: as a scan of files judges them, read from Slack, kept nowhere."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.knowledge import Knowledge
from bot.core.manifests import Judged
from bot.core.pasting import Attached
from bot.core.placing import Problem
from bot.core.topic_answers import GuideEntry
from bot.settings import Settings


class Files(Protocol):
    """What brings the files of a message."""

    def read(self, files: Sequence[Attached]) -> Iterator[tuple[str, bytes | Problem]]:
        """Yield the name of each file with what is in it, or why that is not known."""
        ...


class Checks:
    """Judges what people bring; one instance serves any number of threads.

    Args:
        files: reads files from Slack.
        now: the time, aware.
    """

    def __init__(self, settings: Settings, known: Knowledge, files: Files, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._known = known
        self._files = files
        self._now = now
        # One at a time: the worst 5 MB found took 17 s of CPU and 136 MiB (measured 2026-11-29).
        self._judging = threading.Lock()

    def check(self, texts: Sequence[tuple[str, str | Problem]], files: Sequence[Attached]) -> Judged:
        """Return what texts, each with its name, and files hold; no namespace is made up where none is named."""
        # Imported here: with YAML it takes a tenth of a second, which a bot that is never asked this need not pay.
        from bot.app.manifests import judge_texts

        brought: list[tuple[str, bytes | Problem]] = [
            (name, text.encode("utf-8", "replace") if isinstance(text, str) else text) for name, text in texts
        ]
        brought += self._files.read(files)
        with self._judging:
            return judge_texts(self._settings, self._known, brought, self._now())

    def guides(self, language: str) -> Mapping[str, GuideEntry]:
        """Return the guide of each rule, by code, in a reader's language."""
        from bot.app.manifests import guide_entries

        return guide_entries(self._known, language)
