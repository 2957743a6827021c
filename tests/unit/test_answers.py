"""The labelled questions of tests/answers: understood, refused, quickly; and the model is the one of the phrases."""

import pytest

from bot.adapters.language import model_digest, phrases_digest
from tests.answers.measure import WANTED, Result, are_carried, labelled, pairs, results, shares


@pytest.fixture(scope="module")
def found() -> list[Result]:
    return results()


def test_the_model_is_trained_on_the_phrases_as_they_are() -> None:
    assert model_digest() == phrases_digest(), "run `make model`"


def test_enough_questions_of_both_languages_are_labelled() -> None:
    languages = [question.language for question in labelled()]
    assert min(languages.count("en"), languages.count("ko")) >= 150


def test_each_kind_in_each_language_is_understood(found: list[Result]) -> None:
    below = {key: share for key, share in shares(found).items() if share[0] < WANTED * share[1]}
    assert below == {}


def test_no_question_outside_the_field_is_answered(found: list[Result]) -> None:
    outside = [result for result in found if result.asked.kind == "out-of-scope"]
    refused = [result for result in outside if result.got["kind"] in ("out-of-scope", "help", "clarify")]
    assert len(refused) >= WANTED * len(outside)


def test_what_carries_a_thread_on_is_understood() -> None:
    found = pairs()
    assert are_carried(found), [(pair.first, pair.then, pair.got) for pair in found if not pair.is_right]
