"""What is said of orders, and the form: in both languages, within Slack's limits, harmless whatever names there are."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.adapters.knowledge import load_grammar
from bot.core.buttons import Asked
from bot.core.kept import DateSet
from bot.core.schedule import upcoming
from bot.core.scopes import Checked, Unknown
from bot.core.subscription_words import Problem, changed
from bot.core.subscriptions import EVERY_DAY, Quiet, Scope, ScopeKind, Subscription
from bot.core.understand import ordered, understand
from bot.playground.slack import Message as Posting
from bot.playground.slack import live_tokens
from bot.playground.slack.limits import problems, view_problems
from bot.render.blocks import to_message
from bot.render.digest_form import About, decode, encode, instead, loading, options, to_form
from bot.render.document import Document
from bot.render.text import to_text
from bot.render.views import manage, orders
from tests.unit.clusters import catalogue, known
from tests.unit.conftest import Golden

LANGUAGES = ("en", "ko")
NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
FOUND = Subscription("C1", NOW, days=(0, 3), zone="Asia/Seoul", language="ko", by="U0ALICE")
HOSTILE = "<!channel> *x* `y` \u202e\x1b[2J" + "n" * 300

#: As much of everything as there can be.
LARGEST = replace(
    FOUND,
    days=EVERY_DAY,
    zone="America/Argentina/ComodRivadavia",
    scope=Scope(ScopeKind.NAMESPACES, tuple(f"{number:02}{'n' * 61}" for number in range(50))),
    leads=tuple(range(366, 350, -1)),
    quiet=Quiet(time(22), time(7)),
    is_weekdays_only=True,
    skips_unchanged=True,
    nudges=True,
)


def every(subscription: Subscription, language: str) -> dict[str, Document]:
    """Return everything that is said of a subscription."""
    said = catalogue(language)
    calendar = known().calendar
    coming = orders.Coming(*upcoming(subscription, calendar, NOW))
    checked = Checked((Unknown(ScopeKind.OWNER, HOSTILE, (HOSTILE,)),), is_certain=False)
    milestone = next(found for found in calendar if found.version == "1.24")
    own = DateSet(milestone.id, date(2027, 5, 1), HOSTILE, "U0ALICE", NOW)

    def shown(what: orders.Shown) -> Document:
        return orders.shown(what, calendar, said)

    states = {
        "on": subscription,
        "paused": replace(subscription, paused_until=date(2027, 1, 4)),
        "stopped": replace(subscription, stopped="is_archived"),
        "refused": replace(subscription, stopped="something_new"),
    }
    return {
        **{f"show-{name}": shown(orders.Shown(found, coming=coming)) for name, found in states.items()},
        "show-none": orders.shown(orders.Shown(None), calendar, said),
        "show-off": orders.shown(orders.Shown(subscription, is_on=False, last=("reminder", NOW)), calendar, said),
        "show-damaged": orders.shown(orders.Shown(None, is_damaged=True), calendar, said),
        "confirmed": orders.confirmed("turned-on", subscription, coming, checked, said),
        "confirmed-unread": orders.confirmed("changed", subscription, orders.Coming(is_known=False), Checked(), said),
        "announced": orders.announced("announce-on", "U0ALICE", subscription, coming, said),
        "announced-off": orders.announced_off("U0ALICE", said),
        "problem": orders.problem(Problem("zone", HOSTILE), said),
        "unknown": orders.unknown(checked.unknown[0], said),
        "date": orders.date_set("U0ALICE", milestone, own, replace(own, day=date(2027, 1, 1)), said),
        "date-mine": orders.date_set(None, milestone, own, None, said),
        "date-back": orders.date_unset("U0ALICE", None, replace(own, version=HOSTILE), said),
        "usage": (*orders.told("is-on", said), *manage.usage(said)),
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("subscription", [FOUND, LARGEST], ids=["usual", "largest"])
def test_everything_said_keeps_slacks_limits_and_obeys_nobody(language: str, subscription: Subscription) -> None:
    for name, document in every(subscription, language).items():
        message = to_message(document, catalogue(language), Asked("digest show", language))
        assert problems(list(message.blocks)) == [], name
        mentions = {"<@U0ALICE>"}
        posted = Posting("C1", "1.1", "U0BOT", message.text, "chat.postMessage", list(message.blocks))
        assert set(live_tokens(posted)) <= mentions, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said(language: str, golden: Golden) -> None:
    text = "\n\n".join(f"== {name}\n{to_text(document)}" for name, document in every(FOUND, language).items())
    golden.check(f"orders.{language}.txt", text + "\n")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("subscription", [FOUND, LARGEST, replace(FOUND, days=(), leads=())])
def test_the_form_keeps_slacks_limits(language: str, subscription: Subscription) -> None:
    about = About("C0123456789", 999, language)
    assert view_problems(to_form(subscription, about, catalogue(language))) == []
    assert view_problems(loading(catalogue(language))) == []
    document = orders.problem(Problem("zone", HOSTILE), catalogue(language))
    assert view_problems(instead(document, catalogue(language), "help", "/runtime")) == []


@given(st.text(max_size=30), st.integers(0, 10**9), st.sampled_from(LANGUAGES))
def test_what_a_form_is_about_comes_back_with_it(channel: str, version: int, language: str) -> None:
    about = About(channel, version, language)
    assert decode(encode(about)) == about


@given(st.text())
def test_what_comes_back_of_another_version_is_none(text: str) -> None:
    assert decode(text) is None or '"c"' in text


def test_a_menu_lists_what_it_may_and_shows_names_harmlessly() -> None:
    found = options(["", "x" * 151, *(f"n{number}" for number in range(200)), "\u202e"])
    assert len(found) == 100
    assert options(["\u202e"])[0]["text"]["text"] == "\\u202e"


def test_the_example_of_all_settings_is_an_order() -> None:
    for words in (manage.EXAMPLE, *(words for _, words in manage.ORDERS)):
        plain = words.replace(" [SETTING…]", "").replace("…", "x")
        order = ordered(plain, load_grammar())
        assert order is not None, words
        assert order.problem is None, words
        assert isinstance(changed(FOUND, dict(order.settings)), Subscription)
    assert understand("digest", load_grammar()).__class__.__name__ == "Manage"
