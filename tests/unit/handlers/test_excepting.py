"""Orders about exceptions: who may, what is kept and told, and each way in which one cannot be followed."""

from datetime import date

import pytest
from msgspec.structs import replace

from bot.core.buttons import Asked
from bot.core.exceptions import Acceptance, fingerprint
from bot.core.kept import Actor
from bot.core.workloads import WorkloadKey
from bot.errors import SlackRefusedError, StoreError, UnreachableError
from tests.factories import make_cronjob, make_deployment, make_node
from tests.unit.clusters import AS_OF, named, view_of
from tests.unit.handlers.ports import Sent
from tests.unit.handlers.slack import Slack, small_view

SOCKET = {"/var/run/docker.sock": "/s"}
BUILDER = WorkloadKey("ci", "Deployment", "builder", "apps")
SAID = "except deploy/builder docker-socket until 2027-01-31 because vendor fix in January"


@pytest.fixture
def slack() -> Slack:
    """Return a workspace with a bot in it, whose clock stands at 2026-11-23."""
    return Slack(language="en", admins=frozenset({"U0ALICE", "S0LEADS"}))


def said(slack: Slack) -> list[Sent]:
    """Let the bot answer, and return what it sent."""
    before = len(slack.posted.sent)
    slack.work.run()
    return slack.posted.sent[before:]


def outcome(slack: Slack) -> str:
    return slack.counted.outcomes[-1][2]


def kept() -> Acceptance:
    seen = fingerprint(named(small_view(), "builder"), "docker-socket")
    assert seen is not None
    return Acceptance(BUILDER, "docker-socket", "vendor fix in January", "U0ALICE", date(2027, 1, 31), AS_OF, seen)


@pytest.mark.parametrize(
    "words",
    [
        SAID,
        "/runtime except ci/deploy/builder docker-socket until 2027-01-31 because vendor fix in January",
        "exception ci/builder `docker-socket` 2027-01-31 vendor fix in January",
        "Except builder DOCKER-SOCKET til 2027-01-31 because vendor fix in January",
        "예외 deploy/builder docker-socket 2027-01-31까지 이유: vendor fix in January",
    ],
)
def test_an_admin_accepts_a_finding_and_the_channel_reads_of_it(slack: Slack, words: str) -> None:
    slack.command(words)
    told, public = said(slack)
    assert slack.acceptances.rows == {(BUILDER, "docker-socket"): kept()}
    assert slack.acceptances.done == [(Actor("U0ALICE", "C0GENERAL"), "accept ci/Deployment/builder docker-socket")]
    assert not told.is_public
    assert "2027-01-31" in told.text
    assert (public.via, public.place, public.is_public) == ("post", "C0GENERAL", True)
    assert "<@U0ALICE>" in public.text
    assert "ci/Deployment/builder" in public.text
    assert "vendor fix in January" in public.text
    assert outcome(slack) == "changed"


def test_a_member_of_a_group_of_admins_may_and_nobody_else(slack: Slack) -> None:
    slack.members.groups["S0LEADS"] = {"U0BOB"}
    slack.command(SAID, user="U0MINJI")
    [told] = said(slack)
    assert "Only the people in UNSHIM_ADMINS may change this cluster's dates and exceptions." in told.text
    slack.members.groups["S0LEADS"] = {"U0MINJI"}
    slack.command(SAID, user="U0MINJI")
    assert len(said(slack)) == 2
    assert [each.by for each in slack.acceptances.accepted()] == ["U0MINJI"]


def test_without_admins_nobody_may() -> None:
    slack = Slack()
    for words in (SAID, "except off deploy/builder docker-socket"):
        slack.command(words)
        [told] = said(slack)
        assert "UNSHIM_ADMINS is empty" in told.text
    assert slack.acceptances.done == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("except deploy/bilder docker-socket until 2027-01-31 because x", "no workload `deploy/bilder`"),
        ("except deploy/bilder docker-socket until 2027-01-31 because x", "Near: `ci/Deployment/builder`"),
        (
            "except deploy/builder docker-sock until 2027-01-31 because x",
            "There is no rule `docker-sock`. Near: `docker-socket`",
        ),
        ("except deploy/builder xyzzy until 2027-01-31 because x", "no rule `xyzzy`. The README lists all of them"),
        ("except deploy/builder docker-sock until 2027-01-31 because x", "docker-socket"),
        ("except deploy/builder docker-data until 2027-01-31 because x", "has no finding docker-data"),
        ("except deploy/builder docker-data until 2027-01-31 because x", "Found there: docker-socket."),
        ("except deploy/builder docker-socket until 2026-11-22 because x", "`2026-11-22` is over already"),
        ("except deploy/builder docker-socket until 2027-11-25 because x", "until: `2027-11-24` is the last day"),
        ("except deploy/builder docker-socket until 2027-02-30 because x", "`2027-02-30` is no date"),
        ("except deploy/builder docker-socket until January because x", "`January` is no date"),
        ("except deploy/builder docker-socket until 2027-01-31", "Why it is accepted is missing"),
        ("except deploy/builder docker-socket until 2027-01-31 because", "Why it is accepted is missing"),
        ("except deploy/builder docker-socket because x", "The last day on which it is to hold is missing"),
        ("except deploy/builder docker-socket", "The last day on which it is to hold is missing"),
        ("except deploy/builder", "The rule code is missing"),
        ("except deploy/builder until 2027-01-31 because x", "The rule code is missing"),
        ("except node/on-docker docker-socket until 2027-01-31 because x", "no workload `node/on-docker`"),
        ("except off", "The workload is missing"),
        ("except off deploy/builder docker-socket", "There is no exception `deploy/builder docker-socket`"),
        ("except off deploy/builder docker-socket now", "nothing may follow"),
        ("except show deploy/builder docker-socket", "nothing may follow"),
        ("except import", "unshim exceptions import FILE"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(slack: Slack, words: str, says: str) -> None:
    slack.command(words)
    [told] = said(slack)
    assert says in told.text
    assert "Nothing was changed" in told.text
    assert slack.acceptances.done == []
    assert outcome(slack) == "wrong"


@pytest.mark.parametrize(
    ("words", "filled"),
    [
        ("except builder", "except builder docker-socket until DATE because …"),
        ("except legacy", "except legacy CODE until DATE because …"),
        ("except legacy docker-socket", "except legacy docker-socket until DATE because …"),
        ("except docker-socket legacy", "except legacy docker-socket until DATE because …"),
        ("except docker-socket", "except NAME docker-socket until DATE because …"),
        ("exception legacy docker-socket", "except legacy docker-socket until DATE because …"),
        ("except web/debug-shell", "except web/debug-shell CODE until DATE because …"),
        ("except web/debug-shell?", "except web/debug-shell CODE until DATE because …"),
        ("except legacy docker-socket?", "except legacy docker-socket until DATE because …"),
        ("except legacy docker-socket until 2027-01-31", "except legacy docker-socket until 2027-01-31 because …"),
        (
            "except legacy docker-socket until 2027-01-31 because ok?",
            "except legacy docker-socket until 2027-01-31 because ok",
        ),
        (
            "can you except web/debug-shell docker-socket until 2027-01-31 because vendor",
            "except web/debug-shell docker-socket until 2027-01-31 because vendor",
        ),
        ("could you please except legacy?", "except legacy CODE until DATE because …"),
        ("except off builder?", "except off builder CODE"),
        ("please except off builder docker-socket", "except off builder docker-socket"),
        ("예외 legacy", "except legacy CODE until DATE because …"),
        ("예외 legacy docker-socket", "except legacy docker-socket until DATE because …"),
        ("예외 legacy docker-socket 해줘", "except legacy docker-socket until DATE because …"),
        ("legacy docker-socket 예외로 처리해줘", "except legacy docker-socket until DATE because …"),
        ("web/debug-shell 예외 처리 부탁드려요", "except web/debug-shell CODE until DATE because …"),
    ],
)
def test_half_an_order_is_answered_with_the_whole_of_it(slack: Slack, words: str, filled: str) -> None:
    for ask in (slack.command, slack.mention, slack.message):
        ask(words)
        [told] = said(slack)
        assert f"`/runtime {filled}`" in told.text
        assert "Nothing was changed" in told.text
        assert "digest help" not in told.text
        assert outcome(slack) == "wrong"
    assert slack.acceptances.done == []


def test_a_reason_is_kept_whole_or_refused(slack: Slack) -> None:
    start = "except deploy/builder docker-socket until 2027-01-31 because "
    slack.command(start + "because of it " * 36 + "x" * 60)
    [told] = said(slack)
    assert "has more than `500` characters" in told.text
    assert "`/runtime except deploy/builder docker-socket until 2027-01-31 because …`" in told.text
    assert slack.acceptances.done == []
    whole = ("word " * 100).strip()
    slack.command(start + whole)
    said(slack)
    assert [each.reason for each in slack.acceptances.accepted()] == [whole]


@pytest.mark.parametrize("words", ["except help", "help except", "help exceptions", "예외 도움말", "도움말 예외"])
def test_how_exceptions_are_made_is_told_where_it_is_asked(slack: Slack, words: str) -> None:
    slack.command(words, user="U0MINJI")
    [told] = said(slack)
    assert "`/runtime except NAME CODE until DATE because …`" in told.text
    assert "`/runtime except off NAME CODE`" in told.text
    assert "digest" not in told.text
    assert outcome(slack) == "answered"
    slack.mention(words, user="U0MINJI")
    [told] = said(slack)
    assert told.is_public


def test_no_refusal_about_exceptions_leads_to_the_digest(slack: Slack) -> None:
    for words in ("except off", "except import", "except deploy/bilder docker-socket until 2027-01-31 because x"):
        slack.command(words)
        [told] = said(slack)
        assert "digest" not in told.text
        assert ("`/runtime except off NAME CODE`" if words == "except off" else "`/runtime except help`") in told.text


def test_the_last_day_possible_and_today_can_be_had(slack: Slack) -> None:
    for day in ("2027-11-24", "2026-11-23"):
        slack.command(f"except deploy/builder docker-socket until {day} because x")
        assert len(said(slack)) == 2


def test_a_name_that_means_several_decides_nothing(slack: Slack) -> None:
    slack.source.shown = view_of(
        make_deployment("web", host_paths=SOCKET),
        make_cronjob("web", host_paths=SOCKET),
        make_deployment("web", namespace="b", host_paths=SOCKET),
    )
    slack.command("except web docker-socket until 2027-01-31 because x")
    [told] = said(slack)
    for name in ("default/Deployment/web", "default/CronJob/web", "b/Deployment/web"):
        assert f"`{name}`" in told.text
    assert slack.acceptances.done == []


def test_what_is_only_worth_knowing_needs_no_exception(slack: Slack) -> None:
    slack.source.shown = view_of(make_deployment("web", image="docker:dind"))
    slack.command("except web dind until 2027-01-31 because x")
    [told] = said(slack)
    assert "only worth knowing" in told.text
    assert slack.acceptances.done == []


def test_other_findings_that_stay_are_named(slack: Slack) -> None:
    slack.source.shown = view_of(make_deployment("web", host_paths={**SOCKET, "/var/lib/docker": "/d"}))
    slack.command("except web docker-socket until 2027-01-31 because x")
    assert all("still counted: docker-data" in sent.text for sent in said(slack))
    slack.command("except web docker-data until 2027-01-31 because x")
    assert not any("still counted" in sent.text for sent in said(slack)), "the first one holds"


def test_where_the_bot_cannot_post_nothing_is_accepted_since_nobody_would_read_it(slack: Slack) -> None:
    for channel in ("C0NOBOT", "C0PRIVATE", "C0SHARED"):
        slack.command(SAID, channel=channel)
        [told] = said(slack)
        assert not told.is_public
    assert slack.acceptances.done == []


def test_in_a_direct_conversation_it_is_told_to_who_said_it(slack: Slack) -> None:
    slack.message(SAID)
    [told] = said(slack)
    assert told.place == "D0ALICE"
    assert len(slack.acceptances.rows) == 1


def test_that_it_is_not_announced_is_told(slack: Slack) -> None:
    slack.posted.refused["post"] = SlackRefusedError("slack-refused", method="chat.postMessage", code="is_archived")
    slack.command(SAID)
    told = said(slack)
    assert "I could not tell the channel of it" in told[-1].text
    assert len(slack.acceptances.rows) == 1


def test_before_the_first_read_nothing_is_accepted(slack: Slack) -> None:
    slack.source.error = StoreError("x")
    slack.command(SAID)
    [told] = said(slack)
    assert "not read the cluster yet" in told.text
    assert slack.acceptances.done == []


def test_a_store_that_fails_is_told(slack: Slack) -> None:
    slack.acceptances.error = StoreError("store-failed", place="/secret/kept.db", reason="locked")
    slack.command(SAID)
    [told] = said(slack)
    assert "I could not keep that" in told.text
    slack.command("except show")
    [told] = said(slack)
    assert "I cannot look that up" in told.text
    assert "secret" not in told.text


def test_a_second_one_takes_the_place_of_the_first(slack: Slack) -> None:
    slack.command(SAID)
    said(slack)
    slack.command("except deploy/builder docker-socket until 2027-02-15 because later")
    told, _ = said(slack)
    assert "It takes the place of an exception until 2027-01-31." in told.text
    assert [each.until for each in slack.acceptances.accepted()] == [date(2027, 2, 15)]


@pytest.mark.parametrize(
    "words", ["except off deploy/builder docker-socket", "except remove builder", "예외 해제 builder"]
)
def test_it_is_ended_by_name_and_the_channel_reads_of_it(slack: Slack, words: str) -> None:
    slack.acceptances.rows[BUILDER, "docker-socket"] = kept()
    slack.command(words)
    _, public = said(slack)
    assert slack.acceptances.rows == {}
    assert "<@U0ALICE>" in public.text
    assert outcome(slack) == "changed"


def test_one_whose_workload_is_gone_can_be_ended_and_several_are_listed(slack: Slack) -> None:
    slack.acceptances.rows[BUILDER, "docker-socket"] = kept()
    other = replace(kept(), code="docker-data", key=replace_name(BUILDER, "gone"))
    slack.acceptances.rows[other.key, other.code] = other
    second = replace(other, code="docker-socket")
    slack.acceptances.rows[second.key, second.code] = second
    slack.source.shown = view_of(make_node("n1"))
    slack.command("except off ci/gone")
    [told] = said(slack)
    assert "ci/Deployment/gone docker-data" in told.text
    assert "ci/Deployment/gone docker-socket" in told.text
    assert len(slack.acceptances.rows) == 3
    slack.command("except off ci/gone docker-data")
    assert len(said(slack)) == 2
    assert (other.key, other.code) not in slack.acceptances.rows


@pytest.mark.parametrize(
    "words",
    [
        "except show builder",
        "except show ci/builder",
        "except show deploy/builder",
        "/runtime exceptions list ci/Deployment/builder",
        "예외 보기 `builder`",
        "except show builder?",
        "is the exception for builder still valid?",
        "builder 예외 아직 유효해?",
    ],
)
def test_those_of_one_workload_are_asked_for_by_its_name(slack: Slack, words: str) -> None:
    rows = [kept(), replace(kept(), key=replace_name(BUILDER, "gone")), replace(kept(), code="docker-logs")]
    slack.acceptances.rows = {(each.key, each.code): each for each in rows}
    slack.command(words, user="U0MINJI")
    [told] = said(slack)
    assert told.text.startswith("2 exceptions")
    shown = str(told.message)
    assert "ci/Deployment/builder" in shown
    assert "ci/Deployment/gone" not in shown
    assert outcome(slack) == "answered"


def test_a_workload_without_an_exception_is_told_with_those_there_are(slack: Slack) -> None:
    slack.acceptances.rows[BUILDER, "docker-socket"] = kept()
    slack.command("except show bilder")
    [told] = said(slack)
    assert told.text.startswith("There is no exception for `bilder`. There are: `ci/Deployment/builder docker-socket`")
    assert outcome(slack) == "answered"
    slack.acceptances.rows.clear()
    slack.command("except show builder")
    [told] = said(slack)
    assert "There are no exceptions" in told.text


@pytest.mark.parametrize("is_read", [True, False])
def test_of_many_the_others_are_counted_with_the_words_that_show_them(slack: Slack, *, is_read: bool) -> None:
    rows = [replace(kept(), key=replace_name(BUILDER, f"w{number:02}")) for number in range(23)]
    slack.acceptances.rows = {(each.key, each.code): each for each in rows}
    if not is_read:
        slack.source.error = UnreachableError("timeout")
    slack.command("except show")
    [told] = said(slack)
    assert "… 3 more: `/runtime except show ci/Deployment/w20` (one workload), `/runtime except export`" in told.text
    slack.command("except show ci/Deployment/w20")
    [told] = said(slack)
    assert "w20" in str(told.message)
    assert "more" not in told.text


def replace_name(key: WorkloadKey, name: str) -> WorkloadKey:
    return key._replace(name=name)


@pytest.mark.parametrize("words", ["except", "except show", "exceptions", "예외", "예외 목록"])
def test_anybody_reads_what_is_accepted_and_what_became_of_it(slack: Slack, words: str) -> None:
    rows = [
        kept(),
        replace(kept(), key=replace_name(BUILDER, "gone")),
        replace(kept(), code="docker-logs"),
        replace(kept(), code="docker-data", until=date(2026, 11, 22)),
        replace(kept(), code="dind", voided_at=AS_OF),
    ]
    slack.acceptances.rows = {(each.key, each.code): each for each in rows}
    slack.command(words, user="U0MINJI")
    [told] = said(slack)
    assert not told.is_public
    assert told.message is not None
    shown = str(told.message.blocks)
    assert "2027-01-31" in shown
    assert "U0ALICE" in shown
    assert "<@U0ALICE>" not in shown  # nobody is notified by a list
    assert "2026-11-23" in shown  # voided
    assert told.text.startswith(
        "5 exceptions: 1 in force, 1 with nothing left to accept, 1 without such a workload, 1 expired, 1 void"
    )
    assert "expired, 2026-11-22 was its last day" in shown
    assert "voided on 2026-11-23: something else is found than was accepted" in shown
    assert "no such workload is seen" in shown
    assert "no such finding on it any more" in shown
    assert outcome(slack) == "answered"


@pytest.mark.parametrize("words", ["which findings are excepted?", "do we have any exceptions?", "예외 언제 만료돼?"])
def test_a_question_in_somebodys_own_words_shows_them_where_it_is_asked(slack: Slack, words: str) -> None:
    slack.acceptances.rows = {(BUILDER, "docker-socket"): kept()}
    for ask in (slack.command, slack.mention, slack.message):
        ask(words, user="U0MINJI")
        [told] = said(slack)
        assert "vendor fix in January" in str(told.message)
        assert told.text.startswith("1 exception: 1 in force")
        assert told.is_public is (ask == slack.mention)
        assert (told.thread_ts is not None) is (ask == slack.mention)
        assert "(2026-11-23 09:00 UTC) · cluster `test` · complete" in str(told.message)
        assert outcome(slack) == "answered"


def test_by_mention_the_thread_reads_them_and_where_it_cannot_who_asked(slack: Slack) -> None:
    slack.acceptances.rows = {(BUILDER, "docker-socket"): kept()}
    slack.mention("except show", user="U0MINJI")
    [told] = said(slack)
    assert (told.via, told.place, told.is_public) == ("post", "C0GENERAL", True)
    assert "U0ALICE" in str(told.message)
    assert "<@U0ALICE>" not in str(told.message) + told.text
    slack.posted.refused["post"] = SlackRefusedError("slack-refused", method="chat.postMessage", code="is_archived")
    slack.mention("except show", user="U0MINJI")
    [told] = said(slack)
    assert not told.is_public
    assert "vendor fix in January" in str(told.message)


def test_what_else_is_asked_beside_it_is_answered_as_well(slack: Slack) -> None:
    slack.command("which exceptions are there? and which nodes still run docker?", user="U0MINJI")
    first, second = said(slack)
    assert "There are no exceptions" in first.text
    assert "on-docker" in second.text


def test_in_a_button_they_are_shown_too(slack: Slack) -> None:
    slack.click(Asked("except show", "en"), user="U0MINJI")
    [told] = said(slack)
    assert "There are no exceptions" in told.text


def test_without_any_it_says_how_one_is_made(slack: Slack) -> None:
    slack.command("except")
    [told] = said(slack)
    assert "There are no exceptions" in told.text


def test_the_export_is_a_file_that_can_be_imported(slack: Slack) -> None:
    slack.acceptances.rows[BUILDER, "docker-socket"] = kept()
    slack.command("except export", user="U0MINJI")
    file, told = said(slack)
    assert file.via == "upload"
    assert b"reason: vendor fix in January" in (file.content or b"")
    assert "1 exception as YAML" in told.text


@pytest.mark.parametrize(
    "words",
    [
        "except the gpu pool, what runs docker?",
        "except gpu which nodes run docker",
        "exceptions to the rule",
        "everything except payments",
        "except show?",
    ],
)
def test_sentences_order_nothing(slack: Slack, words: str) -> None:
    slack.acceptances.error = StoreError("not to be asked")
    slack.mention(words)
    said(slack)
    assert slack.counted.outcomes[-1][1] != "order"


def test_words_of_a_button_order_nothing(slack: Slack) -> None:
    from bot.core.buttons import Asked

    slack.click(Asked(SAID, "en"))
    said(slack)
    assert slack.acceptances.done == []


def test_a_reason_that_grows_too_long_by_what_is_masked_in_it_is_refused(slack: Slack) -> None:
    slack.command("except builder docker-socket until 2027-01-31 because " + "token=a " * 60)
    [told] = said(slack)
    assert "500" in told.text
    assert slack.acceptances.done == []


def test_the_end_of_one_that_did_not_hold_any_more_does_not_say_that_it_counts_again(slack: Slack) -> None:
    slack.acceptances.rows[BUILDER, "docker-socket"] = replace(kept(), fingerprint="v1:" + "0" * 32)
    slack.command("except off builder docker-socket")
    assert all("did not hold any more" in sent.text and "again" not in sent.text for sent in said(slack))
