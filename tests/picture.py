"""Pictures of the bot's answers about the shipped demo cluster, for the README: ``deploy/slack/*.png``.

``python -m tests.picture`` (``make picture``) writes them; CI does not run it. The chart of the trend needs no
more (``--chart`` writes it alone). What the others need, on Debian:
``apt-get install chromium pngquant fonts-lato fonts-dejavu-core fonts-noto-cjk fonts-noto-color-emoji``.
"""

import argparse
import base64
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from bot.app import App, Source, build
from bot.core.buttons import Asked, Rating
from bot.core.questions import KINDS, Question
from bot.core.schedule import Kind, Occurrence
from bot.core.subscriptions import Subscription
from bot.core.understand import language_of, words_of
from bot.playground import demo_objects
from bot.playground.demo_history import DemoHistory
from bot.playground.preview import Post, page
from bot.reminders.ports import Posting
from bot.render.blocks import to_message
from bot.render.compose import compose
from bot.render.parts import SLACK
from bot.settings import Settings
from handlers.answering import Answering
from handlers.posting import Posts
from tests.unit.handlers.test_posting import Shelf

FOLDER = Path(__file__).parents[1] / "deploy" / "slack"
SCALE = 2
START_SECONDS = 30

#: The width of each picture in CSS pixels, and the questions it shows, one under the other: commands, or mentions in a
#: thread, each of which carries on the one before.
PICTURES = {
    "status.png": (700, ("/runtime status", "/runtime pods monitoring")),
    "thread.png": (700, ("@Unshim is payments safe to move?", "@Unshim why?", "@Unshim 이미지도 다시 빌드해야 해?")),
}

#: What a channel gets without asking: a digest in English, a reminder in Korean.
DIGEST = ("digest.png", 700)

#: The chart of the trend.
CHART = "trend.png"

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0"),
)


def demo() -> App:
    """Return the program over the shipped demo cluster."""
    return build(Settings(), Source(is_demo=True))


def chart(app: App) -> bytes:
    """Return the chart of the demo cluster's trend, as it goes to Slack."""
    answering = Answering(app.service, app.understanding, app.catalogue, "en", "/runtime")
    picture = answering.ask(Asked("trend", "en")).picture
    assert picture is not None
    return picture.draw()


def posts(app: App, asked: Sequence[str]) -> Iterator[Post]:
    """Yield questions and their answers, as a channel would show them."""
    before: Question | None = None
    for text in asked:
        mark, _, words = text.partition(" ")
        understood = app.understanding.read(words, app.service.names, before if mark.startswith("@") else None)
        before, language = understood.question, language_of(words)
        catalogue = app.catalogue(language)
        document = compose(app.service.ask(understood.question, language), catalogue, SLACK)
        rating = Rating(words, language, KINDS[type(understood.question)], words_of(understood.question))
        is_private = mark.startswith("/")
        found = to_message(document, catalogue, Asked(words, language), can_share=is_private, rating=rating)
        yield Post(author="Mina", text=text, time="03:07")
        yield Post(author="Unshim", text=found.text, blocks=found.blocks, time="03:07", badge="APP")


def sent(app: App) -> Iterator[Post]:
    """Yield what is posted on the demo's day, as a channel would show it."""
    now = demo_objects.AS_OF
    history = DemoHistory(app.service.view)
    shelf = Shelf(before=history.detail_before(now - timedelta(days=7)))
    writer = Posts(app.service, shelf, app.catalogue, "/runtime")
    leads = (("kubernetes-1.38", date(2026, 12, 16)),)
    for language, occurrence in (
        ("en", Occurrence(Kind.DIGEST, now.date(), now)),
        ("ko", Occurrence(Kind.REMINDER, now.date(), now, leads)),
    ):
        written = writer.write(Subscription("C1", now, language=language), occurrence, now, ())
        assert isinstance(written, Posting)
        message = written.message
        yield Post(author="Unshim", text=message.text, blocks=message.blocks, time="09:00", badge="APP")


class Browser:
    """A page of a headless Chromium, told over its debugging socket what to show."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._calls = 0

    def picture(self, document: str, width: int, *, scale: int = SCALE) -> bytes:
        """Return a document as PNG, as high as it is.

        Args:
            width: of the page, in CSS pixels.
            scale: pixels of the picture for each of them.
        """
        self._size(width, 100, scale)
        frame = self._call("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self._call("Page.setDocumentContent", frameId=frame, html=document)
        waited = "document.fonts.ready.then(() => document.querySelector('main').offsetHeight)"
        height = self._call("Runtime.evaluate", expression=waited, awaitPromise=True)["result"]["value"]
        self._size(width, height, scale)
        return base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"])

    def _size(self, width: int, height: int, scale: int) -> None:
        self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
        )

    def _call(self, method: str, **params: Any) -> Any:
        self._calls += 1
        self._socket.send(json.dumps({"id": self._calls, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(timeout=START_SECONDS))
            if message.get("id") == self._calls:
                assert "error" not in message, message
                return message["result"]


@contextmanager
def browser() -> Iterator[Browser]:
    """Yield a browser, and end it. Raises: SystemExit: it is not installed, or does not start."""
    program = _installed("chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with connect(_tab(Path(profile), process), max_size=None, proxy=None) as socket:
                yield Browser(socket)
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _tab(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """Return the address of the debugging socket of the browser's one page, once it is there."""
    port = profile / "DevToolsActivePort"
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if port.exists() and (number := port.read_text().split("\n")[0]):
            with urllib.request.urlopen(f"http://127.0.0.1:{number}/json/list") as answered:
                for tab in json.load(answered):
                    if tab["type"] == "page":
                        return str(tab["webSocketDebuggerUrl"])
        time.sleep(0.1)
    sys.exit("Chromium did not start.")


def small(png: bytes) -> bytes:
    """Return a picture in at most 256 colours, a third of its size. Raises: SystemExit: pngquant is not installed."""
    command = [_installed("pngquant"), "--quality", "80-100", "--speed", "1", "--strip", "-"]
    return subprocess.run(command, input=png, capture_output=True, check=True).stdout


def _installed(program: str) -> str:
    path = shutil.which(program)
    return path or sys.exit(f"{program} is not installed; see the first lines of tests/picture.py.")


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.picture", description="Writes pictures of the bot's answers."
    )
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--chart", action="store_true", help="only the chart of the trend, which needs no browser")
    options = parser.parse_args()
    app = demo()
    drawn: Path = options.folder / CHART
    drawn.write_bytes(chart(app))
    sys.stdout.write(f"{drawn.name}: {drawn.stat().st_size / 1000:.0f} kB\n")
    if options.chart:
        return
    with browser() as shown:
        for name, (width, asked) in PICTURES.items():
            held = list(posts(app, asked))
            path: Path = options.folder / name
            document = page(held, title=name, width=width, scheme=options.scheme)
            path.write_bytes(small(shown.picture(document, width)))
            sys.stdout.write(f"{path.name}: {path.stat().st_size / 1000:.0f} kB\n")
        name, width = DIGEST
        document = page(list(sent(app)), title=name, width=width, scheme=options.scheme)
        (options.folder / name).write_bytes(small(shown.picture(document, width)))
        sys.stdout.write(f"{name}: {(options.folder / name).stat().st_size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
