"""The way of a question at the desk: failures become one sentence and one log line; everything is counted and timed."""

from typing import Any

import pytest
from structlog.contextvars import get_contextvars
from structlog.testing import capture_logs

from bot.core.buttons import Asked
from bot.errors import BotError, ClusterError, LoginError, SlackRefusedError, SlackTokenError, UnreachableError
from handlers.desk import REMEMBER_SECONDS
from tests.unit.handlers.ports import Sent
from tests.unit.handlers.slack import Slack, sentence

STATUS = Asked("status", "en")


@pytest.fixture
def slack() -> Slack:
    """Return a workspace with a bot in it."""
    return Slack()


def only(slack: Slack) -> Sent:
    """Return the one message sent."""
    assert len(slack.posted.sent) == 1, slack.posted.sent
    return slack.posted.sent[0]


def logged(slack: Slack) -> list[Any]:
    """Let the bot answer and return what it logs."""
    with capture_logs() as logs:
        slack.work.run()
    return logs


# Failures.


@pytest.mark.parametrize(("text", "language"), [("status", "en"), ("상태", "ko")])
def test_what_failed_is_a_sentence_in_the_askers_language_with_the_reference_of_the_log(
    slack: Slack, text: str, language: str
) -> None:
    slack.source.error = ClusterError("not-read-yet")
    slack.command(text)
    [failed, question] = logged(slack)
    shown = only(slack).text
    assert sentence("error.not-read-yet", language) in shown
    assert failed["reference"] in shown
    assert (failed["event"], failed["log_level"], failed["error"]) == ("answer failed", "warning", "not-read-yet")
    assert question["outcome"] == "failed"
    assert slack.counted.outcomes == [("command", "unknown", "failed")]


def test_askers_are_not_told_the_address_of_a_server_that_does_not_answer(slack: Slack) -> None:
    slack.source.error = UnreachableError("unreachable", host="https://cluster.example:6443")
    slack.mention("status")
    slack.work.run()
    answer = only(slack)
    assert "I cannot connect to the API server" in answer.text
    assert "cluster.example" not in answer.text
    assert not answer.is_public


@pytest.mark.parametrize("key", ["kubeconfig-missing", "context-unknown", "exec-plugin-failed"])
def test_a_login_that_is_missing_is_not_the_askers_to_mend(slack: Slack, key: str) -> None:
    slack.source.error = LoginError(key, path="/root/.kube/config", context="a", contexts="b")
    slack.mention("status")
    slack.work.run()
    answer = only(slack)
    assert "I have no usable login for the cluster" in answer.text
    assert not any(word in answer.text for word in ("/root", "--kubeconfig", "kubectl"))


def test_the_calendar_says_why_it_cannot_tell_which_dates_concern_the_cluster(slack: Slack) -> None:
    slack.source.error = LoginError("kubeconfig-missing", path="/root/.kube/config")
    slack.command("milestones")
    slack.work.run()
    assert "Not read: I have no usable login for the cluster." in only(slack).text


def test_a_namespace_that_a_phone_capitalised_is_found(slack: Slack) -> None:
    namespace = slack.source.shown.namespaces[0]
    slack.command(f"Pods {namespace.title()}")
    slack.work.run()
    assert only(slack).text.startswith(f"In `{namespace}`: ")


class Unforeseen(Exception):
    """An error of ours whose text nobody is to read."""


@pytest.mark.parametrize(("text", "language"), [("status", "en"), ("상태", "ko")])
def test_what_nobody_foresaw_is_told_without_its_text(slack: Slack, text: str, language: str) -> None:
    slack.source.error = Unforeseen("token xoxb-1-secret and a path /srv/secret")
    slack.command(text)
    [failed, _] = logged(slack)
    shown = only(slack).text
    assert sentence("error.internal-bot", language) in shown
    assert failed["reference"] in shown
    assert "secret" not in shown
    assert "Unforeseen" not in shown
    assert (failed["log_level"], failed["error"]) == ("error", "Unforeseen")
    assert failed["exc_info"] is slack.source.error


def test_every_failure_has_a_reference_of_its_own(slack: Slack) -> None:
    slack.source.error = ClusterError("not-read-yet")
    slack.command("status")
    slack.command("status")
    references = [line["reference"] for line in logged(slack) if line["event"] == "answer failed"]
    assert len(set(references)) == 2


def test_the_log_line_of_a_question_is_found_by_the_same_reference(slack: Slack) -> None:
    # The context that every log line of a question carries: capture_logs leaves it out, so it is asked for here.
    found: dict[str, Any] = {}

    def look(user: str) -> None:
        found.update(get_contextvars())

    slack.people.user = look  # type: ignore[method-assign]
    slack.source.error = ClusterError("not-read-yet")
    slack.command("status")
    [failed, _] = logged(slack)
    assert found["request"] == failed["reference"]


def test_a_failure_that_cannot_be_told_is_unsent_and_does_not_stop_the_next_question(slack: Slack) -> None:
    slack.posted.refused["respond"] = Unforeseen("not an error of Slack")
    slack.command("status")
    slack.command("status")
    events = [line["event"] for line in logged(slack)]
    assert events == ["answer failed", "asker not told", "question"] * 2
    assert [outcome for _, _, outcome in slack.counted.outcomes] == ["unsent", "unsent"]


def test_an_error_without_a_sentence_is_unsent_and_does_not_stop_the_next_question(slack: Slack) -> None:
    slack.source.error = BotError("no-such-sentence")
    slack.command("status")
    logged(slack)
    assert [outcome for _, _, outcome in slack.counted.outcomes] == ["unsent"]


@pytest.mark.parametrize(
    "error",
    [
        SlackTokenError("slack-token", method="chat.postMessage", code="token_revoked"),
        SlackRefusedError("slack-missing-scope", method="chat.postMessage", code="missing_scope", needed="chat:write"),
    ],
)
def test_slacks_own_name_of_an_error_is_logged(slack: Slack, error: SlackRefusedError) -> None:
    slack.posted.refuse(error)
    slack.command("status")
    lines = logged(slack)
    assert [line["code"] for line in lines if "code" in line] == [error.code, error.code]


# Buttons of another version.


@pytest.mark.parametrize(("user", "language"), [("U0ALICE", "en"), ("U0MINJI", "ko")])
@pytest.mark.parametrize("action", ["ask", "next", "share", "of-another-version"])
def test_a_button_of_another_version_gets_the_way_to_ask_again(
    slack: Slack, user: str, language: str, action: str
) -> None:
    slack.deliver(slack.click_body('{"v":0,"q":"status"}', action, user))
    slack.work.run()
    answer = only(slack)
    assert sentence("notice.old-button", language) in answer.text
    assert not answer.is_public
    assert not answer.replace
    assert [outcome for _, _, outcome in slack.counted.outcomes] == ["old-button"]


# Counted and timed.


def test_every_question_is_counted_by_surface_kind_and_outcome(slack: Slack) -> None:
    slack.command("status")
    slack.mention("nodes docker")
    slack.message("guide")
    slack.click(Asked("milestones", "en"))
    slack.work.run()
    assert slack.counted.outcomes == [
        ("command", "status", "answered"),
        ("mention", "nodes", "answered"),
        ("direct", "guide", "answered"),
        ("button", "milestones", "answered"),
    ]


def test_waiting_and_answering_are_timed_apart(slack: Slack) -> None:
    now = iter([0.0, 2.0, 2.5])
    slack.desk._clock = lambda: next(now)
    slack.command("status")
    [line] = logged(slack)
    assert (line["wait_ms"], line["answer_ms"]) == (2000.0, 500.0)
    assert slack.counted.seconds == [2.5]


def test_the_log_line_of_a_question_holds_ids_and_kinds_but_no_words(slack: Slack) -> None:
    slack.command("explain ci/secret-builder")
    [line] = logged(slack)
    assert {key: line[key] for key in ("surface", "question", "outcome", "user", "channel")} == {
        "surface": "command",
        "question": "explain",
        "outcome": "answered",
        "user": "U0ALICE",
        "channel": "C0GENERAL",
    }
    assert "secret-builder" not in str(line)


def test_a_delivery_is_remembered_longer_than_slack_sends_it_again() -> None:
    assert REMEMBER_SECONDS > 5 * 60 + 30


def test_a_question_there_was_no_room_for_can_be_asked_again(slack: Slack) -> None:
    slack.work.is_full = True
    slack.command("status")
    slack.work.is_full = False
    slack.command("status")
    slack.work.run()
    assert [outcome for _, _, outcome in slack.counted.outcomes] == ["answered"]


def test_what_was_acknowledged_and_is_not_answered_at_the_end_is_in_the_log(slack: Slack) -> None:
    slack.command("status")
    slack.command("pods", user="U0MINJI")
    slack.work.jobs.popleft()()
    slack.desk.close()
    with capture_logs() as logs:
        slack.desk.log_unanswered()
    assert [(line["event"], line["user"]) for line in logs] == [("question not answered", "U0MINJI")]
