"""The whole bot in conversations: threads carried on, restarts, verdicts, Homes, shortcuts, the surface for agents."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from bot.playground.slack import Delivery, Message, SlackSimulator
from tests.integration.bots import Mode, ProcessBot, ThreadBot, database_url, tokens_of

ASKERS = 50


def answer_in(slack: SlackSimulator, said: Delivery, thread: str | None, seconds: float = 5.0) -> Message:
    """Return the answer to what was said in a thread: the message after it there."""

    def found() -> list[Message]:
        after = [message for message in slack.messages if message.thread_ts == thread]
        return [message for message in after if float(message.ts) > float(said.ts or 0)]

    slack.wait_for(found, seconds)
    return found()[0]


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    """Return what a database holds."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return connection.execute(statement).fetchall()


def test_a_thread_is_carried_on_within_a_second(slack: SlackSimulator, mode: Mode, note: Callable[[str], None]) -> None:
    with ThreadBot(slack, mode):
        slack.mention("help")
        slack.wait_messages(1)
        started = time.monotonic()
        root = slack.mention("is payments safe to move?")
        first = answer_in(slack, root, root.ts)
        note(f"mention to answer in the thread ({mode}): {(time.monotonic() - started) * 1000:.0f} ms")
        assert first.text.startswith("Not safe to move yet: `payments` has 1 workload at risk")
        then = slack.mention("why?", thread_ts=root.ts)
        assert "image-cleaner" in answer_in(slack, then, root.ts).text
        moved = slack.mention("그럼 web은?", thread_ts=root.ts)
        answer = answer_in(slack, moved, root.ts)
        assert "web" in answer.text
        assert "debug-shell" in answer.text
        assert slack.faults_found == []


def test_a_direct_conversation_is_carried_on(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode):
        slack.message("which nodes still run docker?")
        slack.wait_messages(1)
        slack.message("and in pool gpu?")
        (_, answer) = slack.wait_messages(2)
        assert "gpu-01" in answer.text
        assert "general" not in answer.text


def test_another_bot_goes_on_where_one_ended_and_answers_nothing_twice(slack: SlackSimulator, mode: Mode) -> None:
    url = database_url()
    with ThreadBot(slack, mode, database_url=url):
        root = slack.mention("is payments safe to move?")
        answer_in(slack, root, root.ts)
    with ThreadBot(slack, mode, database_url=url) as bot:
        slack.redeliver(root)
        then = slack.mention("why?", thread_ts=root.ts)
        assert "image-cleaner" in answer_in(slack, then, root.ts).text
        slack.wait_for(lambda: bot.metric("unshim_repeated_total") == 1)
        verdict = "Not safe to move yet: `payments`"
        assert [message.text.startswith(verdict) for message in slack.messages].count(True) == 1


def test_a_bot_killed_at_work_leaves_a_database_that_the_next_one_uses(slack: SlackSimulator) -> None:
    url = database_url()
    env = {**tokens_of(slack, "socket"), "UNSHIM_DATABASE_URL": url}
    with ProcessBot("--demo", env=env) as bot:
        bot.wait_ready()
        root = slack.mention("is payments safe to move?")
        answer_in(slack, root, root.ts)
        slack.wait_for(lambda: rows(url, "SELECT kind FROM threads") == [("safe",)])
        for number in range(30):
            slack.mention(f"who is number {number}?")
        bot.process.kill()
        bot.process.wait()
    assert rows(url, "PRAGMA integrity_check") == [("ok",)]
    with ProcessBot("--demo", env=env) as bot:
        bot.wait_ready()
        then = slack.mention("why?", thread_ts=root.ts)
        assert "image-cleaner" in answer_in(slack, then, root.ts).text


def test_fifty_people_carry_on_fifty_threads_at_once(
    slack: SlackSimulator, mode: Mode, note: Callable[[str], None]
) -> None:
    people = [f"U0P{number:02}" for number in range(ASKERS)]
    for user in people:
        slack.add_user(user, user.lower())
        slack.invite("C0GENERAL", user)
    names = ["payments", "monitoring"]
    with ThreadBot(slack, mode, answer_queue=200):
        started = time.monotonic()
        roots = [slack.mention(f"is {names[n % 2]} safe to move?", user=user) for n, user in enumerate(people)]
        firsts = [answer_in(slack, root, root.ts, 20) for root in roots]
        thens = [slack.mention("why?", user=user, thread_ts=root.ts) for user, root in zip(people, roots, strict=True)]
        seconds = [answer_in(slack, then, root.ts, 20) for then, root in zip(thens, roots, strict=True)]
        note(f"{ASKERS} askers, a question and a follow-up each ({mode}): {time.monotonic() - started:.1f} s")
        for number, (first, second) in enumerate(zip(firsts, seconds, strict=True)):
            assert f"Not safe to move yet: `{names[number % 2]}`" in first.text
            assert second.text.startswith(f"In `{names[number % 2]}`:")
        assert len(slack.messages) == 2 * ASKERS


def test_a_database_that_fails_costs_no_answer(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode, database_url="sqlite:////dev/null/unshim.db") as bot:
        root = slack.mention("is payments safe to move?")
        first = answer_in(slack, root, root.ts)
        assert first.text.startswith("Not safe to move yet: `payments`")
        assert "context_actions" not in [block["type"] for block in first.blocks]
        assert bot.metric("unshim_store_up") == 0
        assert bot.get("/readyz")[0] == 200


def test_a_verdict_is_kept_without_the_secret_in_the_question(slack: SlackSimulator, mode: Mode) -> None:
    url = database_url()
    with ThreadBot(slack, mode, database_url=url):
        slack.command("do we have to rebuild our images? my password is hunter2")
        (answer,) = slack.wait_messages(1)
        slack.click(answer, "This did not help")
        slack.wait_messages(2)
        slack.click(answer, "This helped")
        (*_, thanks) = slack.wait_messages(3)
        assert thanks.text.startswith("Thank you, noted.")
        assert thanks.ephemeral_for == "U0ALICE"
        assert rows(url, "SELECT user_id, kind, is_good FROM feedback") == [("U0ALICE", "faq", 1)]
        assert "hunter2" not in str(rows(url, "SELECT * FROM feedback"))


def test_what_had_no_answer_is_listed(slack: SlackSimulator, mode: Mode) -> None:
    url = database_url()
    with ThreadBot(slack, mode, database_url=url):
        for _ in range(2):
            slack.mention("<@U0MINJI> what is the best recipe for kimchi?")
        slack.wait_messages(2)
        slack.wait_for(lambda: rows(url, "SELECT times FROM unanswered") == [(2,)])
    assert rows(url, "SELECT question, why FROM unanswered") == [
        ("what is the best recipe for kimchi?", "out-of-scope")
    ]


def test_a_home_shows_the_cluster_and_the_namespaces_somebody_chose(slack: SlackSimulator, mode: Mode) -> None:
    url = database_url()
    with ThreadBot(slack, mode, database_url=url):
        slack.open_home("U0ALICE")
        slack.wait_for(lambda: "U0ALICE" in slack.homes)
        assert "20 of 30 nodes still run on Docker" in str(slack.homes["U0ALICE"])
        offered = [option["value"] for option in slack.suggest("U0ALICE", "choose", "pay")]
        assert offered == ["payments"]
        slack.click_home("U0ALICE", "choose", selected=["payments"])
        slack.wait_for(lambda: "1 workload at risk" in str(slack.homes["U0ALICE"]))
        slack.click_home("U0ALICE", "What is at risk")
        (answer,) = slack.wait_messages(1)
        assert (answer.channel, answer.ephemeral_for) == ("D0ALICE", None)
        assert answer.text.startswith("In the whole cluster:")
    with ThreadBot(slack, mode, database_url=url):
        slack.open_home("U0ALICE")
        slack.wait_for(lambda: '"payments"' in str(slack.homes["U0ALICE"]).replace("'", '"'))
        assert slack.faults_found == []


def test_a_home_is_published_at_most_once_a_minute(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode):
        for _ in range(5):
            assert slack.open_home("U0ALICE").wait_ack()
        slack.command("help")
        slack.wait_messages(1)
        slack.wait_for(lambda: "U0ALICE" in slack.homes)
        assert [call.method for call in slack.calls].count("views.publish") == 1


def test_questions_to_begin_with_are_offered_where_slack_has_a_surface_for_agents(
    slack: SlackSimulator, mode: Mode
) -> None:
    with ThreadBot(slack, mode):
        slack.open_home("U0MINJI", tab="messages")
        slack.wait_for(lambda: slack.prompts)
        assert "도커" in str(slack.prompts)
        assert slack.messages == []


def test_a_workspace_without_that_surface_is_asked_once(slack: SlackSimulator, mode: Mode) -> None:
    slack.faults.agent_is_off = True
    with ThreadBot(slack, mode):

        def asked() -> int:
            return [call.method for call in slack.calls].count("assistant.threads.setSuggestedPrompts")

        slack.open_home("U0ALICE", tab="messages")
        slack.wait_for(asked)
        for user in ("U0MINJI", "U0ALICE"):
            slack.open_home(user, tab="messages")
        slack.mention("status")
        slack.wait_messages(1)
        assert asked() == 1
        assert slack.prompts == []


def test_a_slow_answer_is_announced_until_it_is_there(slack: SlackSimulator, mode: Mode) -> None:
    slack.faults.delay("users.info", 1.5)
    with ThreadBot(slack, mode):
        root = slack.mention("status")
        slack.wait_for(lambda: slack.statuses, 5)
        answer_in(slack, root, root.ts)
        slack.wait_for(lambda: not any(status.is_shown for status in slack.statuses), 5)


@pytest.mark.parametrize("author", ["U0MINJI", None])
def test_a_message_is_asked_about_where_the_bot_is_not(slack: SlackSimulator, mode: Mode, author: str | None) -> None:
    slack.add_channel("C0ELSEWHERE", "elsewhere")
    slack.invite("C0ELSEWHERE", "U0ALICE")
    with ThreadBot(slack, mode):
        slack.shortcut("do we have to rebuild our images?", channel="C0ELSEWHERE", author=author)
        (answer,) = slack.wait_messages(1)
        assert (answer.via, answer.channel, answer.ephemeral_for) == ("response_url", "C0ELSEWHERE", "U0ALICE")
        assert "without a rebuild" in answer.text
