"""``unshim ask``: one question, or a batch of them, each answered like a fresh conversation."""

import argparse
import json
import sys
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

from bot.app import App
from bot.cli.output import error_text, fixed_language, print_document, print_json, start, write_error
from bot.core.understand import Understood, language_of, normalise
from bot.errors import ClusterError, UsageError
from bot.render.compose import compose, compose_both
from bot.render.data import answer_data, question_data
from bot.render.mrkdwn import code, to_mrkdwn
from bot.render.parts import MESSAGE, TERMINAL
from bot.render.text import to_text


def run(arguments: argparse.Namespace) -> int:
    """Answer and return the exit code.

    Raises: BotError: the question could not be answered at all.
    """
    if arguments.batch is not None and arguments.text:
        raise UsageError("text-with-batch")
    if arguments.batch is None and not arguments.text:
        raise UsageError("no-text")
    if arguments.batch == "-" and arguments.snapshot == "-":
        raise UsageError("snapshot-and-batch")
    app, settings = start(arguments)
    language = fixed_language(arguments, settings)
    if arguments.batch is not None:
        return _batch(app, arguments.batch, language)
    return _one(app, " ".join(arguments.text), language, as_json=arguments.json)


def _one(app: App, text: str, fixed: str | None, *, as_json: bool) -> int:
    language = fixed or language_of(text)
    catalogue = app.catalogue(language)
    understood = app.understanding.read(text, app.service.names)
    answer = app.service.ask(understood.question, language)
    document = compose(answer, catalogue, TERMINAL)
    also = [app.service.ask(question, language) for question in understood.also]
    document = reduce(compose_both, (compose(other, catalogue, TERMINAL) for other in also), document)
    if as_json:
        print_json(answer_data(understood, to_text(document), answer, catalogue, also))
    else:
        print_document(document)
    is_missing = getattr(answer, "unread", None) is not None
    if is_missing and app.views.error is not None:  # answered from knowledge alone; say why the cluster is not in it
        write_error(app.views.error, language)
        return app.views.error.exit_code
    return 0


def _batch(app: App, path: str, fixed: str | None) -> int:
    """Answer every line; a broken line is named on standard error and costs only itself."""
    exit_code = 0
    for number, item in _lines(path):
        if item is None:
            write_error(UsageError("batch-line", line=number), fixed or "en")
            exit_code = 2
            continue
        text = str(item["q"])
        understood = app.understanding.read(text, app.service.names)
        answer = _batch_answer(app, understood, text, fixed or language_of(text))
        asked = question_data(understood.question)
        print_json({"id": item["id"], "answer": answer, "question": asked}, is_line=True)
    if exit_code == 0 and isinstance(app.views.error, ClusterError):
        return app.views.error.exit_code
    return exit_code


def _batch_answer(app: App, understood: Understood, text: str, language: str) -> str:
    catalogue = app.catalogue(language)
    questions = (understood.question, *understood.also)
    try:
        documents = [compose(app.service.ask(question, language), catalogue, MESSAGE) for question in questions]
    except ClusterError as error:
        # One sentence for each question that needs the cluster; the others are still answered.
        return code(error_text(error, catalogue))
    return to_mrkdwn(reduce(compose_both, documents), catalogue, normalise(text))


def _refuse(constant: str) -> None:
    """Refuse NaN and Infinity, which Python reads but JSON does not have."""
    raise ValueError(constant)


def _lines(path: str) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Yield (line number, item); the item is None for a line that is no question."""
    if path == "-" and sys.stdin is None:  # closed by the caller
        return
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise UsageError("batch-unreadable", path=path, reason=error.strerror or type(error).__name__) from error
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line, parse_constant=_refuse)
        except (ValueError, RecursionError):
            item = None
        is_question = isinstance(item, dict) and "id" in item and isinstance(item.get("q"), str)
        yield number, item if is_question else None
