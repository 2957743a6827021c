"""Code blocks and the places of owners on every surface: pasted as they are, never cut in half, nobody notified."""

import io
import shlex
from typing import Any

import pytest
from rich.console import Console

from bot.core.buttons import Asked
from bot.core.questions import AtRisk, Explain, Owners, Question, Safe
from bot.core.subscriptions import EVERYTHING, Scope, ScopeKind
from bot.core.view import ClusterView
from bot.render.blocks import to_message
from bot.render.compose import compose
from bot.render.document import Document, Place, Snippet, Text, Verdict, text_line
from bot.render.mrkdwn import VISIBLE_CHARS, to_mrkdwn
from bot.render.parts import MESSAGE, SLACK, TERMINAL
from bot.render.rich import rich_text
from bot.render.terminal import print_document
from bot.render.text import to_text
from bot.render.views.digest import compose as compose_digest
from bot.service import Service
from bot.service.posts import Digest
from tests.factories import make_daemonset, make_deployment, make_node, make_pod
from tests.unit.clusters import AS_OF, DOCKER, _Seen, catalogue, known, view_of
from tests.unit.render.slack_messages import check_message

LINES = ("kubectl -n shop patch deployment web --type=json -p='[", '{"op":"remove","path":"/spec/x/0"}', "]'")
SNIPPET = Snippet(LINES, text_line("Patch."))
PATCHED = make_deployment("web", volumes=[{"name": "x", "hostPath": {"path": "/run/docker.sock"}}])


def document(*more: Any) -> Document:
    return (Verdict(text_line("First.")), SNIPPET, *more)


def blocks(shown: Document) -> list[dict[str, Any]]:
    message = to_message(shown, catalogue("en"), Asked("explain web", "en"))
    check_message(message)
    return list(message.blocks)


def test_each_surface_shows_the_lines_as_they_are() -> None:
    whole = "\n".join(LINES)
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=20, color_system=None)
    print_document(document(), console)
    (_, block, *_) = blocks(document())
    preformatted = block["elements"][1]
    assert preformatted["type"] == "rich_text_preformatted"
    assert preformatted["elements"] == [{"type": "text", "text": whole}]
    assert f"Patch.\n{whole}" in to_text(document())
    assert f"Patch.\n{whole}" in shown.getvalue()
    assert f"Patch.\n```\n{whole}\n```" in to_mrkdwn(document(), catalogue("en"), "explain web")


@pytest.mark.parametrize("harm", ["`", "<!channel>", "a > b", "&amp;", "\n", "\x1b[31m", "\u202e", "웹"])
def test_what_a_surface_would_have_to_change_is_no_snippet(harm: str) -> None:
    with pytest.raises(ValueError, match="snippet"):
        Snippet((f"echo {harm}",), ())


def test_a_snippet_is_never_cut_in_half_and_never_without_its_introduction() -> None:
    for size in range(0, 3200, 40):
        filler = Verdict(text_line("x" * min(size, 1400)))
        second = Verdict(text_line("y" * max(size - 1400, 0)))
        text = to_mrkdwn((filler, second, Snippet(LINES * 8, text_line("Patch."))), catalogue("en"), "explain web")
        assert len(text) <= VISIBLE_CHARS
        assert text.count("```") in (0, 2)
        assert ("Patch." in text) is ("```" in text)


def test_a_snippet_that_fills_a_message_is_counted_when_it_is_cut() -> None:
    held = blocks((Verdict(text_line("First.")), *(Snippet(LINES * 15, text_line("Patch.")) for _ in range(9))))
    assert "more lines" in held[-1]["text"]["text"]


def test_a_patch_that_is_too_long_for_a_message_is_named() -> None:
    volumes = [{"name": f"v{n}", "hostPath": {"path": f"/var/lib/docker/{n}" + "x" * 60}} for n in range(20)]
    view = view_of(make_node(runtime=DOCKER), make_deployment("web", volumes=volumes))
    for limits, is_shown in ((TERMINAL, True), (MESSAGE, False), (SLACK, False)):
        shown = compose(service(view).ask(Explain("web"), "en"), catalogue("en"), limits)
        assert any(isinstance(element, Snippet) for element in shown) is is_shown
        assert ("too long for a message" in to_text(shown)) is not is_shown


def service(view: ClusterView, **places: str) -> Service:
    return Service(_Seen(view), known(), today=lambda: AS_OF.date(), places=places)


def test_the_command_of_an_answer_can_be_pasted() -> None:
    view = view_of(make_node(runtime=DOCKER), PATCHED)
    text = to_text(compose(service(view).ask(Explain("web"), "en"), catalogue("en"), TERMINAL))
    command = text[text.index("kubectl") : text.index("]'") + 2]
    assert shlex.split(command)[:6] == ["kubectl", "-n", "default", "patch", "deployment", "web"]


OWNED = view_of(
    make_node(runtime=DOCKER),
    make_deployment("web", labels={"team": "shop"}, host_paths={"/run/docker.sock": "/s"}),
    make_daemonset("logs", labels={"team": "watch"}, host_paths={"/run/docker.sock": "/s"}),
    make_pod("bare", node="node-1", host_paths={"/run/docker.sock": "/s"}),
)


@pytest.mark.parametrize(
    "question", [Owners(), Owners("web"), Explain("web"), AtRisk(), AtRisk(code="docker-socket"), Safe()]
)
def test_answers_name_the_place_of_an_owner_and_call_nobody(question: Question) -> None:
    answer = service(OWNED, shop="C0SHOP", watch="U0WATCH").ask(question, "en")
    text = to_text(compose(answer, catalogue("en"), TERMINAL))
    assert "shop (C0SHOP)" in text
    shown = compose(answer, catalogue("en"), SLACK)
    message = to_message(shown, catalogue("en"), Asked("x", "en"))
    told = f"{message.text}{message.blocks}"
    assert "<#C0SHOP>" in told
    assert "<@" not in told
    assert "'user_id'" not in told
    if question in (Owners(), AtRisk(), Safe()):
        assert "`watch` (`U0WATCH`)" in message.text
    assert "C0SHOP" not in to_text(compose(service(OWNED).ask(question, "en"), catalogue("en"), TERMINAL))


@pytest.mark.parametrize(
    "scope", [EVERYTHING, Scope(ScopeKind.NAMESPACES, ("default", "kube-system"))], ids=["counts-of-owners", "rows"]
)
def test_a_digest_names_the_place_of_an_owner(scope: Scope) -> None:
    answer, _ = service(OWNED, shop="C0SHOP", watch="U0WATCH").digest(Digest(scope), "en")
    text = to_text(compose_digest(answer, catalogue("en"), SLACK))
    assert "shop (C0SHOP)" in text
    assert "watch (U0WATCH)" in text


def test_a_place_in_the_first_line_is_no_mention_that_notifies() -> None:
    channel, person = (rich_text((Text("by "), Place(name)), "/runtime") for name in ("C0SHOP", "U0SAM"))
    assert channel["elements"][0]["elements"][1] == {"type": "channel", "channel_id": "C0SHOP"}
    assert person["elements"][0]["elements"][1] == {"type": "text", "text": "U0SAM", "style": {"code": True}}
