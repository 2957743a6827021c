"""Answers on owners, dates, topics and what is none of these as Slack messages: golden files, and every limit."""

import pytest

from bot.core.buttons import Asked
from bot.core.questions import AtRisk, Changes, Clarify, Courtesy, Faq, Milestone, OutOfScope, Owners, Question, Trend
from bot.core.view import ClusterView
from bot.render.blocks import Message, to_message
from bot.render.compose import compose
from bot.render.parts import SLACK
from tests.unit.clusters import catalogue, service
from tests.unit.conftest import Golden
from tests.unit.render.slack_messages import check_message
from tests.unit.render.test_blocks import CLUSTERS, as_json

EVERYWHERE = {
    "owners": Owners(),
    "when": Milestone("1.38"),
    "faq": Faq("gpu-nodes"),
    "pods-code": AtRisk(code="docker-socket"),
}
MIXED = {
    "owner": Owners("ci"),
    "when-next": Milestone(),
    "when-named": Milestone("1.37"),
    "faq-unmoved": Faq("plan-1-22-1-23"),
    "trend": Trend(),
    "changes": Changes(),
    "greeting": Courtesy("greeting"),
    "thanks": Courtesy("thanks"),
    "action": OutOfScope("action"),
    "secret": OutOfScope("secret"),
    "other": OutOfScope("other"),
    "clarify": Clarify(("nodes docker", "faq images-still-work")),
}


def message_of(view: ClusterView, question: Question, language: str) -> Message:
    document = compose(service(view).ask(question, language), catalogue(language), SLACK)
    return to_message(document, catalogue(language), Asked("question", language), can_share=True)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_message_of_an_answer(cluster: str, name: str, language: str, golden: Golden) -> None:
    message = message_of(CLUSTERS[cluster](), EVERYWHERE[name], language)
    check_message(message)
    golden.check(f"{cluster}-{name}.{language}.blocks.json", as_json(message))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", MIXED)
def test_the_message_of_an_answer_about_the_mixed_cluster(name: str, language: str, golden: Golden) -> None:
    message = message_of(CLUSTERS["mixed"](), MIXED[name], language)
    check_message(message)
    golden.check(f"mixed-{name}.{language}.blocks.json", as_json(message))
