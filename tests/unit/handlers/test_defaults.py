"""The subscriptions of the settings: made once, tried again while something is in the way."""

import pytest
from msgspec.structs import replace

from bot.app.wiring import _defaults
from bot.core.kept import Actor, Subscribed
from bot.core.subscriptions import Scope, ScopeKind, Subscription
from bot.errors import SlackError, SlackRefusedError, StoreError
from bot.settings import Settings as RealSettings
from handlers.defaults import Default, Defaults
from tests.unit.clusters import AS_OF
from tests.unit.handlers.ports import Posted, Settings

CHANNEL = Default("C1", Scope(), "Asia/Seoul", "ko")
PERSON = Default("U0MINJI", Scope(ScopeKind.OWNER, ("team-b",)), "UTC", "en")


@pytest.fixture
def kept() -> Settings:
    return Settings()


@pytest.fixture
def posted() -> Posted:
    return Posted()


def make(kept: Settings, posted: Posted, *wanted: Default) -> Defaults:
    return Defaults(wanted, kept, posted, lambda: AS_OF)


def test_what_there_never_was_is_made(kept: Settings, posted: Posted) -> None:
    assert make(kept, posted, CHANNEL, PERSON).make()
    assert kept.rows["C1"].subscription == Subscription("C1", AS_OF, zone="Asia/Seoul", language="ko")
    found = kept.rows["D0MINJI"].subscription
    assert found is not None
    assert (found.scope, found.by) == (PERSON.scope, "")
    assert kept.done == [(Actor(), "digest default")] * 2


@pytest.mark.parametrize(
    "row", [Subscribed("C1", None, 1), Subscribed("C1", Subscription("C1", AS_OF), 2, is_on=False)]
)
def test_what_there_ever_was_is_left_as_it_is(kept: Settings, posted: Posted, row: Subscribed) -> None:
    kept.rows["C1"] = row
    assert make(kept, posted, CHANNEL).make()
    assert kept.rows["C1"] == row


def test_what_is_in_the_way_for_a_while_is_tried_again_and_nothing_is_made_twice(
    kept: Settings, posted: Posted
) -> None:
    defaults = make(kept, posted, CHANNEL, PERSON)
    posted.refuse(SlackError("slack-unreachable", method="conversations.open"), "direct_channel")
    assert not defaults.make()
    assert set(kept.rows) == {"C1"}
    kept.rows["C1"] = replace(kept.rows["C1"], is_on=False)
    posted.refused.clear()
    kept.error = StoreError("store-failed", place="x", reason="x")
    assert not defaults.make()
    kept.error = None
    assert defaults.make()
    assert not kept.rows["C1"].is_on
    assert set(kept.rows) == {"C1", "D0MINJI"}


def test_who_is_not_there_is_not_tried_again(kept: Settings, posted: Posted) -> None:
    posted.refuse(SlackRefusedError("slack-refused", method="x", code="user_not_found"), "direct_channel")
    assert make(kept, posted, PERSON).make()
    assert kept.rows == {}


def test_owners_who_share_a_channel_get_what_is_theirs_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSHIM_OWNER_CHANNELS", "team-a=C0123, team=b=C0123,team-c=U0456")
    monkeypatch.setenv("UNSHIM_DIGEST_CHANNELS", "C0999")
    monkeypatch.setenv("UNSHIM_TIMEZONE", "Asia/Seoul")
    assert _defaults(RealSettings()) == (
        Default("C0999", Scope(), "Asia/Seoul", "en"),
        Default("C0123", Scope(ScopeKind.OWNER, ("team-a", "team=b")), "Asia/Seoul", "en"),
        Default("U0456", Scope(ScopeKind.OWNER, ("team-c",)), "Asia/Seoul", "en"),
    )
