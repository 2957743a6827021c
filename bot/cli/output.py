"""What the commands share: from arguments to a built program, and from a document to standard output."""

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

from bot.adapters.knowledge import load_catalogue
from bot.app import App, Source, build, load_settings
from bot.core.snapshot import RESOURCES
from bot.errors import BotError, UsageError
from bot.render.document import Document, Text
from bot.render.messages import Catalogue
from bot.render.text import plain, to_text
from bot.settings import Settings


def start(arguments: argparse.Namespace) -> tuple[App, Settings]:
    """Return the program built for the arguments.

    Raises: UsageError: sources that exclude each other; SettingsError: a setting is invalid.
    """
    source = source_of(arguments)
    settings = load_settings()
    return build(settings, source), settings


def source_of(arguments: argparse.Namespace) -> Source:
    """Return the cluster that the arguments name.

    Raises: UsageError: sources that exclude each other.
    """
    live = arguments.kubeconfig is not None or arguments.context is not None
    if sum((live, arguments.snapshot is not None, arguments.demo)) > 1:
        raise UsageError("sources")
    return Source(
        kubeconfig=arguments.kubeconfig,
        context=arguments.context,
        snapshot=arguments.snapshot,
        is_demo=arguments.demo,
        as_of=moment(arguments.as_of) if arguments.as_of is not None else None,
        version=arguments.cluster_version,
    )


def moment(text: str) -> datetime:
    """Return an ISO 8601 date and time; one without a zone is taken as UTC.

    Raises: UsageError: it is no date and time.
    """
    try:
        value = datetime.fromisoformat(text)
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError("as-of", value=text) from error


def fixed_language(arguments: argparse.Namespace, settings: Settings) -> str | None:
    """Return the language that was asked for, None for the question's own."""
    language = arguments.lang or settings.language
    return None if language == "auto" else str(language)


def print_document(document: Document) -> None:
    """Print a document: in colour on a terminal, else as plain text."""
    if sys.stdout.isatty():
        from rich.console import Console

        from bot.render.terminal import print_document as print_rich

        print_rich(document, Console())
    else:
        write(to_text(document) + "\n")


def print_json(value: Any, *, is_line: bool = False) -> None:
    """Print JSON, indented, or on one line."""
    indent = None if is_line else 2
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # a terminal that is not UTF-8, or half of a surrogate pair in a name
        text = json.dumps(value, indent=indent)
    write(text + "\n")


def write(text: str) -> None:
    """Write to standard output. A reader that left (``unshim scan | head``) does not change the exit code.

    Raises: UsageError: it cannot be written, say because the disk is full.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whatever comes after goes nowhere; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UsageError("output", reason=error.strerror or type(error).__name__) from error


def error_text(error: BotError, catalogue: Catalogue) -> str:
    """Return an error as the sentence a person reads."""
    message = catalogue.say(f"error.{error.key}", **{"kinds": Text(",".join(RESOURCES)), **error.values})
    return plain(catalogue.say("error.prefix", message=message))


def write_error(error: BotError, language: str) -> None:
    """Write an error to standard error."""
    sys.stderr.write(error_text(error, load_catalogue(language)) + "\n")
