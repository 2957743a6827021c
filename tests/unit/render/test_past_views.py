"""The trend and what changed as Slack messages and in a terminal: golden files, hostile names, every limit."""

from datetime import timedelta

import pytest

from bot.core.buttons import Asked
from bot.core.history import Detail, detail_of
from bot.core.questions import Changes, Question, Trend
from bot.render.blocks import Message, to_message
from bot.render.compose import compose
from bot.render.parts import SLACK, TERMINAL
from bot.render.text import to_text
from bot.service.history import History
from tests.unit.clusters import AS_OF, catalogue, service, view_of
from tests.unit.conftest import Golden
from tests.unit.pasts import Broken, Kept, past
from tests.unit.render.slack_messages import check_message
from tests.unit.render.test_blocks import CLUSTERS, as_json

DAY = timedelta(days=1)


def months() -> Kept:
    """Return sixty days that end at the mixed cluster, three nodes of six on Docker, two days of them torn."""
    left = [6 - (day >= 20) - (day >= 35) - (day >= 50) for day in range(60)]
    points = [past(60 - day, n, 6 - n, 4 * n, is_whole=day not in (30, 31)) for day, n in enumerate(left)]
    return Kept(points, [yesterday()])


def yesterday(*, is_whole: bool = True) -> Detail:
    """Return the mixed cluster of the day before: a node more on Docker, one that is gone, other findings."""
    now = detail_of(CLUSTERS["mixed"]())
    nodes = {**now.nodes, "general-3": "dockershim", "general-0": "dockershim"}
    del nodes["gpu-1"]
    findings = {**now.findings, "shop/Deployment/web": ("docker-data", "docker-socket")}
    del findings["ci/Deployment/builder"]
    owners = {**now.owners, "shop/Deployment/web": "storefront"}
    return Detail(AS_OF - DAY, is_whole, nodes, findings, owners)


PASTS: dict[str, tuple[str, Question, History]] = {
    "trend-months": ("mixed", Trend(), months()),
    "trend-young": ("mixed", Trend(), Kept([past(day, 4, 2, 9) for day in range(3, 0, -1)])),
    "trend-partial": ("partial", Trend(), months()),
    "trend-done": ("healthy", Trend(), months()),
    "trend-failed": ("mixed", Trend(), Broken()),
    "changes-day": ("mixed", Changes(), months()),
    "changes-torn": ("partial", Changes(), Kept(details=[yesterday(is_whole=False)])),
    "changes-none": ("mixed", Changes(days=7), Kept()),
}


def message_of(cluster: str, question: Question, history: History, language: str) -> Message:
    document = compose(service(CLUSTERS[cluster](), history).ask(question, language), catalogue(language), SLACK)
    return to_message(document, catalogue(language), Asked("question", language), can_share=True)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", PASTS)
def test_the_message_of_a_trend_or_change(name: str, language: str, golden: Golden) -> None:
    message = message_of(*PASTS[name], language)
    check_message(message)
    golden.check(f"past-{name}.{language}.blocks.json", as_json(message))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", PASTS)
def test_a_trend_or_change_in_a_terminal(name: str, language: str, golden: Golden) -> None:
    cluster, question, history = PASTS[name]
    document = compose(service(CLUSTERS[cluster](), history).ask(question, language), catalogue(language), TERMINAL)
    golden.check(f"past-{name}.{language}.txt", to_text(document) + "\n")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_large_change_with_hostile_names_keeps_every_limit(language: str) -> None:
    name = "<!channel> `*_~\u202e\n" + "x" * 300
    nodes = {f"{name}{n}": "dockershim" for n in range(5000)}
    findings = {f"{name}/Deployment/{name}{n}": (f"code-{name}",) for n in range(5000)}
    before = Detail(AS_OF - DAY, True, nodes, findings, dict.fromkeys(findings, name))
    history = Kept(details=[before])
    document = compose(service(view_of(), history).ask(Changes(), language), catalogue(language), SLACK)
    message = to_message(document, catalogue(language), Asked("changes", language))
    check_message(message)
    assert "<!channel>" not in message.text
    assert "5,000" in message.text
