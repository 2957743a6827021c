"""Files of a message, from Slack: read once, within limits, and kept nowhere. The token goes to Slack's own hosts only.

Shapes: docs.slack.dev, the file object and files.info (checked 2026-11-29). Who may not have a file gets a page to log
in with status 200, or is sent to one (github.com/slackapi/deno-slack-sdk issue 285).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from slack_sdk import WebClient

from bot.adapters.slack_calls import TOO_LONG, UNREACHABLE, Calls
from bot.adapters.slack_once import Answer
from bot.adapters.slack_web import SlackMeter
from bot.core.pasting import Attached
from bot.core.placing import Problem
from bot.reminders.ports import LimitedError, NotSentError

#: Largest file, and how many of one message.
MAX_BYTES: Final = 2**20
FILES: Final = 5

#: How much of a file's name is shown.
NAME_CHARS: Final = 80

#: Slack's hosts, and those of its offer for governments.
_HOST: Final = re.compile(r"(?:[a-z0-9-]+\.)*(?:slack|slack-gov)\.com")

#: An address in which nobody can hide another host: no user, no backslash, nothing that is not printed.
_PLAIN: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?][!-\[\]-~]*)?")

#: Slack's names of: not for you.
_HIDDEN: Final = frozenset({"file_not_found", "file_deleted", "access_denied", "not_visible", "no_permission"})

#: What Slack makes itself, e-mails among them: behind their addresses is a page, not a text of somebody's.
_PAGES: Final = frozenset({"email", "post", "space", "quip", "list", "canvas"})

_NO_TEXT: Final = ("image/", "video/", "audio/", "application/pdf")
_PAGE: Final = re.compile(rb"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)


class SlackFiles:
    """Reads the files of messages; one instance serves any number of threads.

    Args:
        web: its token, address and proxy are used.
        meter: counts what fails.
    """

    def __init__(self, web: WebClient, meter: SlackMeter) -> None:
        self._web = web
        self._meter = meter

    def read(self, files: Sequence[Attached]) -> Iterator[tuple[str, bytes | Problem]]:
        """Yield each file's name with its contents, or with why there are none.

        All of them take no longer than `slack_calls.ALL_SECONDS`; what is left by then is not read.
        """
        calls = Calls(self._web, self._meter)
        for number, file in enumerate(files):
            name = file.name[:NAME_CHARS]
            try:
                yield name, self._read(calls, file.id) if number < FILES else Problem("slack-many", {"n": FILES})
            except LimitedError:
                yield name, Problem("slack-down")
            except NotSentError as error:
                yield name, _problem(error.code)

    def _read(self, calls: Calls, file: str) -> bytes | Problem:
        """Return the contents of a file. Raises: NotSentError; LimitedError."""
        # What the message says of its file is not enough: of other organisations it has the id alone.
        info = calls.prepare("files.info", {"file": file}).get("file")
        if not isinstance(info, Mapping):
            return Problem("slack-down")
        if info.get("is_external") or info.get("mode") == "external":
            return Problem("slack-external")
        kinds = {str(info.get("mode")), str(info.get("filetype"))}
        mimetype = str(info.get("mimetype") or "")
        if kinds & _PAGES or mimetype == "text/html":
            return Problem("slack-page")
        if mimetype.startswith(_NO_TEXT):
            return Problem("binary")
        size = info.get("size")
        if isinstance(size, int) and size > MAX_BYTES:
            return _too_large()
        url = info.get("url_private_download") or info.get("url_private")
        if not isinstance(url, str):
            return Problem("slack-hidden")
        if not self._is_slacks(url):
            return Problem("slack-address")
        return _contents(calls.download(url, MAX_BYTES))

    def _is_slacks(self, url: str) -> bool:
        """Whether the token may go there: to Slack by TLS, or to where all calls of Slack go."""
        if not _PLAIN.fullmatch(url):
            return False
        parts, own = urlsplit(url), urlsplit(self._web.base_url)
        if (parts.scheme, parts.netloc.lower()) == (own.scheme, own.netloc.lower()):
            return True
        return parts.scheme == "https" and _HOST.fullmatch(parts.netloc.lower().removesuffix(":443")) is not None


def _contents(answer: Answer) -> bytes | Problem:
    if answer.status == 404:
        return Problem("slack-hidden")
    if answer.status >= 500 or answer.status == 429:
        return Problem("slack-down")
    kind = answer.headers.get("content-type", "").strip().lower()
    if answer.status != 200 or kind.startswith("text/html") or _PAGE.match(answer.body):
        return Problem("slack-login")
    return answer.body


def _problem(code: str) -> Problem:
    if code == TOO_LONG:
        return _too_large()
    if code == "missing_scope":
        return Problem("slack-scope")
    if code == UNREACHABLE:
        return Problem("slack-down")
    return Problem("slack-hidden" if code in _HIDDEN else "slack-refused", {} if code in _HIDDEN else {"code": code})


def _too_large() -> Problem:
    return Problem("too-large", {"n": MAX_BYTES // 2**20})
