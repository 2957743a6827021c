"""The whole bot judges manifests in messages: pasted and attached, from who may not have them, and hostile ones."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.slack_calls import ALL_SECONDS
from bot.core.buttons import CHECK
from bot.playground.slack import Message, SlackSimulator
from tests.integration.bots import Mode, ProcessBot, ThreadBot, database_url, tokens_of

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: builder
spec:
  containers:
  - name: build
    image: registry.example.com/build:1
    volumeMounts:
    - name: docker
      mountPath: /run/docker.sock
  volumes:
  - name: docker
    hostPath:
      path: /var/run/docker.sock
"""
CLEAN = POD.replace("/var/run/docker.sock", "/srv/data")


@pytest.fixture
def files(slack: SlackSimulator) -> SlackSimulator:
    """Return a simulator whose app may read files."""
    slack.scopes |= {"files:read"}
    return slack


def checked(slack: SlackSimulator, text: str = "", seconds: float = 5.0, **more: Any) -> Message:
    """Choose the entry on a message and return the answer; it is for who asked alone."""
    known = len(slack.messages)
    delivery = slack.shortcut(text, callback_id=CHECK, **more)
    assert delivery.wait_ack(2)
    answer = slack.wait_messages(known + 1, seconds)[-1]
    assert answer.ephemeral_for == more.get("user", "U0ALICE")
    return answer


def said(message: Message) -> str:
    """Return all texts of the blocks."""

    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["text"]] if isinstance(value.get("text"), str) else []
            return own + [text for item in value.values() for text in texts(item)]
        return [text for item in value for text in texts(item)] if isinstance(value, list) else []

    return "\n".join(texts(message.blocks))


def test_a_pasted_manifest_is_judged_with_its_lines(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode) as bot:
        answer = checked(slack, f"can somebody check this?\n```{POD}```\nthanks")
        assert "In the message: 1 workload at risk" in said(answer)
        assert "`message:15`" in said(answer)
        assert "`Pod/builder`" in said(answer)
        assert "<https://kubernetes.io/" in said(answer)
        counted = 'unshim_answers_total{outcome="answered",question="check",surface="check"} 1.0'
        slack.wait_for(lambda: counted in bot.get("/metrics")[1])


def test_files_are_judged_beside_what_is_pasted(files: SlackSimulator, mode: Mode) -> None:
    attached = [
        files.add_file("deploy.yaml", POD.encode()),
        files.add_file("clean.yml", CLEAN.replace("builder", "clean").encode()),
    ]
    with ThreadBot(files, mode):
        text = f"```{POD.replace('builder', 'one')}``` and ```yaml\n{POD.replace('builder', 'two')}```"
        answer = said(checked(files, text, files=attached))
        assert "In the message and 2 files: 3 workloads at risk" in answer
        assert all(f"`{place}:15`" in answer for place in ("message-1", "message-2", "deploy.yaml"))
        assert "clean" not in answer
        assert "4 Kubernetes objects · complete" in answer
        passed_on = [{"text": "look", "files": attached[:1]}]
        assert "In 1 file: 1 workload at risk" in said(checked(files, "", attachments=passed_on))
        assert {call.token for call in files.calls if call.method == "download"} == {"bot"}


def test_what_is_escaped_linked_and_quoted_by_slack_is_undone(slack: SlackSimulator, mode: Mode) -> None:
    pod = POD.replace("path: /var/run/docker.sock", "path: “/var/run/docker.sock”")
    pod = pod.replace(
        "registry.example.com/build:1", "<http://registry.example.com/build:1|registry.example.com/build:1>"
    )
    pod += "  # a &amp;&amp; b &gt; c\n"
    with ThreadBot(slack, mode):
        for text in (f"please look:\n{pod}", f"```{pod}```"):
            answer = said(checked(slack, text))
            assert "1 workload at risk" in answer
            assert "complete" in answer
            assert "`/var/run/docker.sock`" in answer


def test_a_korean_asker_is_answered_in_korean(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode):
        assert "메시지: " in said(checked(slack, f"```{POD}```", user="U0MINJI"))
        korean = POD.replace("name: builder", "name: builder # 빌드 서버")
        assert "In the message: " in said(checked(slack, f"```{korean}```"))


@pytest.mark.parametrize("text", ["deploying now", "", "```Traceback: kind of bad```", "a kind word: hello"])
def test_a_message_without_a_manifest_says_what_is_looked_at(slack: SlackSimulator, mode: Mode, text: str) -> None:
    with ThreadBot(slack, mode):
        assert "no Kubernetes manifest in this message" in said(checked(slack, text))


def test_nothing_found_says_what_cannot_be_seen(slack: SlackSimulator, mode: Mode) -> None:
    with ThreadBot(slack, mode):
        answer = said(checked(slack, f"```{CLEAN}```"))
        assert "In the message: nothing at risk found" in answer
        assert "Not seen: what images hold" in answer
        assert "complete. Files have no nodes and pods" in answer


def test_pasted_text_is_judged_where_the_bot_is_not_and_files_there_are_named(
    files: SlackSimulator, mode: Mode
) -> None:
    hidden = files.add_file("theirs.yaml", POD.encode(), channel="C0NOBOT")
    with ThreadBot(files, mode):
        answer = checked(files, f"```{POD}```", channel="C0NOBOT", files=[hidden])
        assert (answer.via, answer.channel) == ("response_url", "C0NOBOT")
        assert "1 workload at risk in what I can see" in said(answer)
        assert "`theirs.yaml:1`: Slack does not give me this file" in said(answer)
        assert "download" not in [call.method for call in files.calls]


def test_without_the_scope_pasted_text_is_judged_and_files_name_it(slack: SlackSimulator, mode: Mode) -> None:
    file = slack.add_file("deploy.yaml", POD.encode())
    with ThreadBot(slack, mode):
        answer = said(checked(slack, f"```{POD}```", files=[file]))
        assert "1 workload at risk" in answer
        assert "`deploy.yaml:1`: my app may not read files." in answer
        assert "files:read (unshim manifest --files)" in answer
        assert "download" not in [call.method for call in slack.calls]


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        pytest.param({"is_external": True, "mode": "external"}, "it lies outside of Slack", id="external"),
        pytest.param({"size": 50 * 2**20}, "larger than 1 MiB", id="large"),
        pytest.param({"mimetype": "image/png"}, "this is no text", id="picture"),
        pytest.param({"mode": "email", "filetype": "email", "mimetype": "text/html"}, "such as an e-mail", id="mail"),
        pytest.param({"mode": "space", "filetype": "quip"}, "such as an e-mail or a canvas", id="canvas"),
        pytest.param({"url_private_download": None, "url_private": None}, "Slack does not give me", id="no-address"),
    ],
)
def test_what_is_not_worth_reading_is_not_asked_for(
    files: SlackSimulator, mode: Mode, told: dict[str, Any], sentence: str
) -> None:
    file = files.add_file("theirs", POD.encode(), **told)
    with ThreadBot(files, mode):
        assert sentence in said(checked(files, files=[file]))
        assert "download" not in [call.method for call in files.calls]


def test_a_file_that_is_larger_than_it_is_said_to_be_is_not_read_to_its_end(
    files: SlackSimulator, mode: Mode, note: Callable[[str], None]
) -> None:
    file = files.add_file("deploy.yaml", b"# nothing\n" * (5 * 2**20), size=100)
    with ThreadBot(files, mode):
        started = time.monotonic()
        assert "`deploy.yaml:1`: the file is larger than 1 MiB" in said(checked(files, files=[file], seconds=15))
        note(f"a file of 50 MB to answer ({mode}): {time.monotonic() - started:.2f} s")


def test_of_many_files_the_first_are_read(files: SlackSimulator, mode: Mode) -> None:
    many = [files.add_file(f"{n}.yaml", POD.replace("builder", f"b{n}").encode()) for n in range(7)]
    with ThreadBot(files, mode):
        answer = said(checked(files, files=many))
        assert "5 workloads at risk" in answer
        assert all(f"`{n}.yaml:1`: this message has more than 5 files" in answer for n in (5, 6))
        assert [call.method for call in files.calls].count("download") == 5


def test_the_token_goes_to_slack_alone(files: SlackSimulator, mode: Mode) -> None:
    with SlackSimulator() as other:
        theirs = other.add_file("theirs.yaml", POD.encode())["url_private"]
        led = [
            files.add_file("named.yaml", POD.encode(), url_private_download=theirs),
            files.add_file(
                "user.yaml", POD.encode(), url_private_download=theirs.replace("http://", "http://slack.com@")
            ),
            files.add_file("sent.yaml", POD.encode(), redirect=theirs),
        ]
        with ThreadBot(files, mode):
            answer = said(checked(files, files=led))
            assert answer.count("an address for it that is not Slack's own") == 2
            assert "`sent.yaml:1`: Slack sent a page to log in" in answer
            assert other.calls == []


def test_a_page_to_log_in_is_not_taken_for_the_file(files: SlackSimulator, mode: Mode) -> None:
    hidden = files.add_file("hidden.yaml", POD.encode(), channel="C0PRIVATE")
    shown = files.add_file("shown.yaml", POD.encode(), url_private_download=hidden["url_private"])
    with ThreadBot(files, mode):
        assert "`shown.yaml:1`: Slack sent a page to log in" in said(checked(files, files=[shown]))


def test_slack_that_hands_nothing_over_costs_no_more_than_the_time_for_it(
    files: SlackSimulator, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ALL_SECONDS <= 20
    monkeypatch.setattr("bot.adapters.slack_calls.CALL_SECONDS", 0.3)
    monkeypatch.setattr("bot.adapters.slack_calls.ALL_SECONDS", 0.5)
    files.faults.delay("download", 1.0)
    slow = [files.add_file(f"{n}.yaml", POD.encode()) for n in range(5)]
    with ThreadBot(files, mode):
        answer = said(checked(files, f"```{POD}```", files=slow))
        assert "1 workload at risk" in answer
        assert answer.count("it did not come from Slack in time") == 5


@pytest.mark.parametrize("how", ["503", "missing"])
def test_a_file_that_fails_costs_no_other_one(files: SlackSimulator, mode: Mode, how: str) -> None:
    bad, good = files.add_file("bad.yaml", b"x"), files.add_file("good.yaml", POD.encode())
    if how == "503":
        files.faults.refuse("download", "down", times=1, status=503)
    else:
        bad["id"] = "F0GONE"
    with ThreadBot(files, mode):
        answer = said(checked(files, files=[bad, good]))
        assert "1 workload at risk" in answer
        assert "`bad.yaml:1`: " in answer


def test_hostile_names_and_contents_mention_and_link_nothing(files: SlackSimulator, mode: Mode) -> None:
    evil = "<!channel>*b*`x`<https://evil.example|ok>\u202e"
    pod = POD.replace("builder", '"<!channel> &lt;!here> `*x*`"').replace("/var/run", "/var/run/../run/<@U1>/..")
    laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
    )
    held = [
        files.add_file(f"{evil}.yaml", pod.encode()),
        files.add_file("laughs.yaml", f"apiVersion: v1\nkind: Pod\n{laughs}".encode()),
        files.add_file("binary.yaml", bytes(range(256)) * 40),
        files.add_file("deep.json", b'{"kind":' + b"[" * 100_000),
        files.add_file("long" * 200, b"apiVersion: v1\nkind: Pod\nmetadata: {name: [}\n" * 300),
    ]
    with ThreadBot(files, mode):
        answer = checked(files, files=held, seconds=15)
        for text in (answer.text, said(answer)):
            assert "<!" not in text
            assert "<@" not in text
            assert "<https://evil" not in text
            assert "\u202e" not in text
        assert "aliases blow this document up" in said(answer)
        assert "this is no text" in said(answer)


def test_more_than_a_message_holds_is_counted(files: SlackSimulator, mode: Mode) -> None:
    many = "---\n".join(POD.replace("builder", f"{'long-name-' * 20}{n}") for n in range(300))
    broken = "---\n".join(["apiVersion: v1\nkind: Pod\nmetadata: {name: [}\n"] * 150)
    held = [files.add_file("many.yaml", many.encode()), files.add_file("broken.yaml", broken.encode())]
    with ThreadBot(files, mode):
        answer = said(checked(files, files=held, seconds=15))
        assert "300 workloads at risk" in answer
        assert "Not shown here: 290 more workloads, with 290 findings." in answer
        assert "more places that could not be read" in answer


def test_people_who_get_no_answers_get_nothing_judged(files: SlackSimulator, mode: Mode) -> None:
    file = files.add_file("deploy.yaml", POD.encode())
    with ThreadBot(files, mode, allowed_users=["U0ALICE"]):
        for user, channel in (("U0GUEST", "C0SHARED"), ("U0MINJI", "C0GENERAL")):
            answer = checked(files, f"```{POD}```", user=user, channel=channel, files=[file])
            assert "docker" not in answer.text
        assert not {"files.info", "download"} & {call.method for call in files.calls}


def test_checks_do_not_keep_questions_waiting(files: SlackSimulator, mode: Mode) -> None:
    files.faults.delay("download", 1.5)
    file = files.add_file("deploy.yaml", POD.encode())
    with ThreadBot(files, mode):
        started = time.monotonic()
        for _ in range(8):
            files.shortcut("", callback_id=CHECK, files=[file])
        files.command("status")
        files.wait_for(lambda: any("nodes" in message.text for message in files.messages), 1.4)
        assert time.monotonic() - started < 1.4
        texts = [message.text for message in files.wait_messages(9, 5)]
        assert sum("I am checking other people's manifests" in text for text in texts) == 6
        assert sum("1 workload at risk" in text for text in texts) == 2


def test_nothing_of_it_is_kept(files: SlackSimulator, mode: Mode) -> None:
    file = files.add_file("secret-file.yaml", POD.replace("builder", "secret-name").encode())
    url = database_url()
    with ThreadBot(files, mode, database_url=url):
        assert "secret-name" in said(checked(files, f"```{POD}```", files=[file]))
    kept = b"".join(path.read_bytes() for path in sorted(Path(url.removeprefix("sqlite:///")).parent.glob("*.db*")))
    assert kept
    assert b"secret-name" not in kept
    assert b"secret-file" not in kept


def test_nothing_of_it_is_logged(files: SlackSimulator) -> None:
    pod = POD.replace("builder", "secret-name").replace("build:1", "build:1\n    env: [{name: A, value: hunter2}]")
    file = files.add_file("secret-file.yaml", pod.encode())
    gone = files.add_file("secret-gone.yaml", b"x", url_private_download="https://evil.example/secret-url")
    broken = files.add_file("secret-broken.yaml", f"{pod}secret-key: [".encode())
    env = {**tokens_of(files, "socket"), "UNSHIM_LOG_LEVEL": "debug"}
    with ProcessBot("--demo", env=env) as bot:
        bot.wait_ready()
        answer = checked(files, f"```{pod}```", files=[file, gone, broken])
        assert "secret-name" in said(answer)
        assert "hunter2" not in f"{said(answer)}{answer.text}"
        bot.wait_log("question", surface="check")
        logged = "\n".join(bot.lines)
        assert "secret-" not in logged
        assert "hunter2" not in logged


def test_a_delivery_that_comes_again_is_not_judged_again(files: SlackSimulator, mode: Mode) -> None:
    file = files.add_file("deploy.yaml", POD.encode())
    with ThreadBot(files, mode) as bot:
        delivery = files.shortcut("", callback_id=CHECK, files=[file])
        files.wait_messages(1)
        files.redeliver(delivery)
        files.wait_for(lambda: bot.metric("unshim_repeated_total") == 1)
        files.command("help")
        assert len(files.wait_messages(2)) == 2
        assert [call.method for call in files.calls].count("download") == 1


def test_what_could_not_be_read_is_never_told_as_harmless(files: SlackSimulator, mode: Mode) -> None:
    held = [files.add_file("large.yaml", b"# x\n" * 2**19), files.add_file("picture.png", b"\x89PNG")]
    with ThreadBot(files, mode):
        answer = said(checked(files, files=held))
        assert "Nothing in 2 files was judged: 2 places could not be read" in answer
        assert "nothing at risk" not in answer
        answer = said(checked(files, f"```{CLEAN}"))
        assert "nothing at risk found in what I can see" in answer
        assert "the code block has no end" in answer


def test_the_message_of_another_app_is_looked_into(slack: SlackSimulator, mode: Mode) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": f"```{POD}```"}}
    with ThreadBot(slack, mode):
        answer = said(checked(slack, "Deploy 17 waits for you", author=None, blocks=[section]))
        assert "In the message: 1 workload at risk" in answer
        assert "`message:15`" in answer
