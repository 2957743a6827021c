"""``unshim questions``: what people asked without getting an answer, or voted down, so that the knowledge can grow."""

import argparse
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.adapters.knowledge import load_catalogue
from bot.app import load_settings, now
from bot.cli.output import fixed_language, print_document, print_json
from bot.core.kept import OpenQuestion
from bot.errors import UsageError
from bot.render.views.open_questions import Listing, compose

SCHEMA = "unshim.questions/v1"

_LIMIT = re.compile(r"0*[1-9][0-9]{0,5}")


def run(arguments: argparse.Namespace) -> int:
    """Print the list and return 0.

    Raises:
        UsageError: the limit is no number from 1 on.
        SettingsError: a setting is invalid, or there is no such file.
        StoreError: the database cannot be used.
    """
    limit = _limit(arguments.limit)
    settings = load_settings()
    catalogue = load_catalogue(fixed_language(arguments, settings) or "en")
    from bot.app.store import open_rows  # imported here: it brings SQLAlchemy with it

    rows = open_rows(settings)
    try:
        since = now() - timedelta(days=settings.feedback_days)
        found, place = rows.open_questions(arguments.order, limit + 1), rows.place
    finally:
        rows.close()
    listing = Listing(
        questions=tuple(found[:limit]),
        has_more=len(found) > limit,
        order=arguments.order,
        since=since,
        days=settings.feedback_days,
        place=place,
    )
    if arguments.json:
        print_json(_data(listing))
    else:
        print_document(compose(listing, catalogue))
    return 0


def _limit(text: str) -> int:
    if _LIMIT.fullmatch(text) is None:
        raise UsageError("questions-limit", value=text)
    return int(text)


def _data(listing: Listing) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "since": _time(listing.since),
        "days": listing.days,
        "order": listing.order,
        "more": listing.has_more,
        "questions": _questions(listing.questions),
    }


def _questions(questions: Sequence[OpenQuestion]) -> list[dict[str, Any]]:
    return [
        {
            "question": item.question,
            "language": item.language,
            "why": item.why,
            "kind": item.kind or None,
            "words": item.words or None,
            "times": item.times,
            "users": item.users,
            "last_at": _time(item.last_at),
        }
        for item in questions
    ]


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
