"""The Slack simulator answers as Slack's reference says where emulators do not; where all agree, that is shown too."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient

from bot.adapters.knowledge import load_slack_app
from bot.playground.slack import SlackSimulator
from tests.emulators import local_slack
from tests.emulators.differences import CASES, Case, Place, answer
from tests.emulators.emulate import Emulate
from tests.emulators.local_slack import LocalSlack
from tests.emulators.running import free_port

ALL = pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)


def clients(url: str) -> Callable[[str | None], WebClient]:
    """Return what makes a client of a server."""
    return lambda token: WebClient(token=token, base_url=url, timeout=10, retry_handlers=[])


@pytest.fixture(scope="module")
def simulator() -> Iterator[Place]:
    """Yield the simulator."""
    with SlackSimulator(ack_seconds=0.1, retry_pauses=()) as slack:
        yield Place(
            clients(slack.api_url),
            slack.bot_token,
            alice="U0ALICE",
            outsider="U0GUEST",
            general="C0GENERAL",
            no_bot="C0NOBOT",
            secret="C0PRIVATE",
            archived="C0ARCHIVED",
            spoken=lambda: slack.mention("x").ts or "",
            response_url=lambda: slack.command("x").response_url or "",
        )


@pytest.fixture(scope="module")
def local(local_slack_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Yield local-slack without a bot: it records what it could not deliver, response_urls included."""
    nowhere = f"http://127.0.0.1:{free_port()}/"
    with LocalSlack(local_slack_binary, tmp_path_factory.mktemp("local-slack"), nowhere) as slack:

        def response_url() -> str:
            slack.command("x")
            sent = [entry["detail"] for entry in slack.log("slash_commands") if entry["direction"] == "to_bot"]
            return parse_qs(sent[-1])["response_url"][0]

        yield Place(
            clients(slack.api_url),
            local_slack.BOT_TOKEN,
            alice=local_slack.ALICE,
            outsider="U01OUTSIDE",
            general=local_slack.GENERAL,
            no_bot=local_slack.NO_BOT,
            secret=local_slack.PRIVATE,
            archived=None,
            spoken=lambda: slack.say("x")["ts"],
            response_url=response_url,
        )


@pytest.fixture(scope="module")
def emulated(emulate_script: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Yield emulate, with every scope of the app granted."""
    scopes = [scope.name for scope in load_slack_app().scopes]
    with Emulate(emulate_script, tmp_path_factory.mktemp("emulate"), {"xoxb-all": scopes}) as slack:
        yield Place(
            slack.client,
            "xoxb-all",
            alice=slack.alice,
            outsider=slack.minji,
            general=slack.general,
            no_bot=slack.no_bot,
            secret=slack.secret,
            archived=slack.archived,
            spoken=lambda: str(slack.admin.chat_postMessage(channel=slack.general, text="x")["ts"]),
            response_url=None,
        )


@ALL
def test_the_simulator_answers_as_the_reference_says(simulator: Place, case: Case) -> None:
    assert answer(case, simulator) == case.slack or (case.slack is None and answer(case, simulator) == case.answers[0])


@ALL
def test_local_slack_answers_as_written_down(local: Place, case: Case) -> None:
    assert answer(case, local) == case.answers[1]


@ALL
def test_emulate_answers_as_written_down(emulated: Place, case: Case) -> None:
    assert answer(case, emulated) == case.answers[2]
