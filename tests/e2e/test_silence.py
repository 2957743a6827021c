"""``unshim serve`` with the pace it ships with: a connection that falls silent is noticed, said and replaced."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bot.playground.slack import Delivery, SlackSimulator
from tests.integration.bots import ProcessBot, tokens_of

#: Slack's own redeliveries come at once, after a minute and after five; here the last ones come once it is replaced.
PATIENT = (0.0, 12.0, 10.0)


def test_a_silent_connection_is_noticed_in_time_and_replaced(no_settings: None, note: Callable[[str], None]) -> None:
    """One bot has heard pongs before, the other falls silent right after the handshake; both at the same time."""
    with (
        SlackSimulator(retry_pauses=PATIENT) as heard,
        SlackSimulator(retry_pauses=PATIENT) as unheard,
        ProcessBot("--demo", env=tokens_of(heard, "socket")) as first,
        ProcessBot("--demo", env=tokens_of(unheard, "socket")) as second,
        ThreadPoolExecutor(2) as pool,
    ):
        for bot in (first, second):
            bot.wait_log("slack accepts the tokens")
        # A ping is sent after five seconds.
        seen = [pool.submit(watch, unheard, second, 0.0), pool.submit(watch, heard, first, 6.0)]
        for name, (lost, replaced) in zip(
            ("before any pong", "after pongs"), (each.result() for each in seen), strict=True
        ):
            note(f"silent connection, {name}: /readyz says no after {lost:.1f} s, a new one after {replaced:.1f} s")
            assert lost < 30
            assert replaced < 40


def watch(slack: SlackSimulator, bot: ProcessBot, wait_seconds: float) -> tuple[float, float]:
    """Let the connection fall silent; return the seconds until /readyz said no, and until there was a new one."""
    bot.wait_ready(20)
    time.sleep(wait_seconds)
    slack.black_hole()
    started = time.monotonic()
    said = slack.mention("status")
    assert bot.wait_readyz(lambda status, _: status == 503, 30) == "slack: not connected, or silent\n"
    lost = time.monotonic() - started
    slack.wait_for(lambda: any(not each.is_black_hole for each in slack.connections), 40)
    replaced = time.monotonic() - started
    bot.wait_ready(10)
    slack.wait_for(lambda: answers(slack, said) == 1, 40)
    slack.command("help")
    slack.wait_messages(2)
    assert answers(slack, said) == 1
    assert slack.faults_found == []
    return lost, replaced


def answers(slack: SlackSimulator, said: Delivery) -> int:
    """Return how many answers stand below a mention."""
    return sum(message.thread_ts == said.ts for message in slack.messages)
