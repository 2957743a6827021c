"""Who gets an answer where: the whole table, and what no input may bring about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.access import Asker, Place, Policy, Refusal

OWN, ORGANISATION, OTHER, PARTNER = "T0OWN", "E0OWN", "T0OTHER", "T0PARTNER"
POLICY = Policy(own_teams=frozenset({OWN, ORGANISATION}))


def asker(*teams: str, user: str = "U0ALICE") -> Asker:
    """Return a user of these teams."""
    return Asker(user, frozenset(teams))


def place(
    channel: str = "C0GENERAL", *, is_direct: bool = False, is_shared: bool | None = False, is_private: bool = True
) -> Place:
    """Return a channel of the workspace alone, where only the asker sees the answer."""
    return Place(channel, is_direct, is_shared, is_private)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        pytest.param(asker(OWN), None, id="own-workspace"),
        pytest.param(asker(ORGANISATION), None, id="own-organisation"),
        pytest.param(asker("T0SISTER", ORGANISATION), None, id="another-workspace-of-the-own-organisation"),
        pytest.param(asker(PARTNER), None, id="a-workspace-that-is-listed"),
        pytest.param(asker(OTHER), Refusal.TEAM, id="a-foreign-workspace"),
        pytest.param(asker(OTHER, "E0OTHER"), Refusal.TEAM, id="a-workspace-of-a-foreign-organisation"),
        pytest.param(asker(), Refusal.TEAM_UNKNOWN, id="slack-does-not-tell"),
    ],
)
def test_the_askers_home_decides_first(who: Asker, expected: Refusal | None) -> None:
    policy = Policy(own_teams=POLICY.own_teams, teams=frozenset({PARTNER}))
    assert policy.refusal(who, place()) is expected


def test_a_bot_that_knows_no_workspace_of_its_own_answers_nobody() -> None:
    assert Policy(own_teams=frozenset()).refusal(asker(OWN), place()) is Refusal.TEAM


@pytest.mark.parametrize(
    ("is_shared", "is_private", "expected"),
    [
        pytest.param(False, True, None, id="own-channel-private-answer"),
        pytest.param(False, False, None, id="own-channel-public-answer"),
        pytest.param(True, True, Refusal.SHARED, id="shared-private-answer"),
        pytest.param(True, False, Refusal.SHARED, id="shared-public-answer"),
        pytest.param(None, True, None, id="unknown-private-answer"),
        pytest.param(None, False, Refusal.SHARED_UNKNOWN, id="unknown-public-answer"),
    ],
)
def test_shared_channels_are_refused_and_unknown_ones_are_told_nothing_in_public(
    is_shared: bool | None, is_private: bool, expected: Refusal | None
) -> None:
    assert POLICY.refusal(asker(OWN), place(is_shared=is_shared, is_private=is_private)) is expected


@pytest.mark.parametrize("is_shared", [True, False, None])
@pytest.mark.parametrize("is_private", [True, False])
def test_a_listed_channel_is_answered_whoever_else_is_in_it(is_shared: bool | None, is_private: bool) -> None:
    policy = Policy(own_teams=POLICY.own_teams, channels=frozenset({"C0LISTED"}))
    assert policy.refusal(asker(OWN), place("C0LISTED", is_shared=is_shared, is_private=is_private)) is None


def test_a_foreign_user_is_refused_in_a_listed_channel_too() -> None:
    policy = Policy(own_teams=POLICY.own_teams, channels=frozenset({"C0LISTED"}))
    assert policy.refusal(asker(OTHER), place("C0LISTED", is_shared=True)) is Refusal.TEAM


@pytest.mark.parametrize(
    ("policy", "who", "where", "expected"),
    [
        pytest.param(
            Policy(own_teams=POLICY.own_teams, channels=frozenset({"C0LISTED"})),
            asker(OWN),
            place("C0OTHER"),
            Refusal.CHANNEL,
            id="only-listed-channels",
        ),
        pytest.param(
            Policy(own_teams=POLICY.own_teams, channels=frozenset({"C0LISTED"})),
            asker(OWN),
            place("D0ALICE", is_direct=True),
            Refusal.DIRECT,
            id="a-channel-list-means-only-there",
        ),
        pytest.param(
            Policy(own_teams=POLICY.own_teams, channels=frozenset({"C0LISTED"}), users=frozenset({"U0ALICE"})),
            asker(OWN),
            place("D0ALICE", is_direct=True, is_shared=None),
            None,
            id="but-a-listed-user-may-ask-in-private",
        ),
        pytest.param(
            Policy(own_teams=POLICY.own_teams, channels=frozenset({"C0LISTED"}), users=frozenset({"U0ALICE"})),
            asker(OWN),
            place("C0OTHER"),
            Refusal.CHANNEL,
            id="a-listed-user-does-not-open-a-channel",
        ),
        pytest.param(
            Policy(own_teams=POLICY.own_teams, users=frozenset({"U0BOB"})),
            asker(OWN),
            place(),
            Refusal.USER,
            id="only-listed-users",
        ),
        pytest.param(
            Policy(own_teams=POLICY.own_teams, users=frozenset({"U0ALICE"})),
            asker(OTHER),
            place(),
            Refusal.TEAM,
            id="a-listed-user-of-a-foreign-workspace",
        ),
        pytest.param(
            Policy(own_teams=POLICY.own_teams, channels=frozenset({"C0LISTED"}), users=frozenset({"U0BOB"})),
            asker(OWN),
            place("C0LISTED"),
            Refusal.USER,
            id="a-listed-channel-does-not-open-the-list-of-users",
        ),
        pytest.param(POLICY, asker(OWN), place("D0ALICE", is_direct=True, is_shared=None), None, id="direct-message"),
    ],
)
def test_lists_of_channels_and_users(policy: Policy, who: Asker, where: Place, expected: Refusal | None) -> None:
    assert policy.refusal(who, where) is expected


@pytest.mark.parametrize(
    ("channels", "where", "expected"),
    [
        pytest.param((), place(), True, id="own-channel"),
        pytest.param((), place(is_shared=None), False, id="not-known"),
        pytest.param((), place(is_shared=True), False, id="shared"),
        pytest.param((), place("D0ALICE", is_direct=True), False, id="nobody-to-share-with"),
        pytest.param(("C0GENERAL",), place(is_shared=True), True, id="shared-and-listed"),
        pytest.param(("C0OTHER",), place(), False, id="another-one-is-listed"),
    ],
)
def test_what_may_be_shared(channels: tuple[str, ...], where: Place, expected: bool) -> None:
    policy = Policy(own_teams=POLICY.own_teams, channels=frozenset(channels))
    assert policy.can_share(where) is expected


@pytest.mark.parametrize(
    ("user", "groups", "expected"),
    [
        pytest.param("U0ALICE", (), True, id="by-name"),
        pytest.param("U0BOB", ("S0OPS",), True, id="by-group"),
        pytest.param("U0BOB", ("S0DEV",), False, id="another-group"),
        pytest.param("", (), False, id="nobody"),
    ],
)
def test_admins_are_those_named(user: str, groups: tuple[str, ...], expected: bool) -> None:
    policy = Policy(own_teams=POLICY.own_teams, admins=frozenset({"U0ALICE", "S0OPS"}))
    assert policy.is_admin(user, frozenset(groups)) is expected


def test_nobody_is_admin_unless_named() -> None:
    assert not POLICY.is_admin("U0ALICE", frozenset({"S0OPS"}))


TEAMS = st.frozensets(st.sampled_from([OWN, ORGANISATION, OTHER, PARTNER, "E0OTHER"]))
USERS = st.sampled_from(["U0ALICE", "U0BOB", ""])
CHANNELS = st.sampled_from(["C0GENERAL", "C0LISTED", "D0ALICE", ""])
PLACES = st.builds(Place, CHANNELS, st.booleans(), st.sampled_from([True, False, None]), st.booleans())
POLICIES = st.builds(
    Policy,
    own_teams=TEAMS,
    teams=TEAMS,
    channels=st.frozensets(CHANNELS),
    users=st.frozensets(USERS),
    admins=st.frozensets(USERS),
)


@given(POLICIES, st.builds(Asker, USERS, TEAMS), PLACES)
def test_nobody_from_elsewhere_is_ever_answered(policy: Policy, who: Asker, where: Place) -> None:
    if not who.teams & (policy.own_teams | policy.teams):
        assert policy.refusal(who, where) is not None


@given(POLICIES, st.builds(Asker, USERS, TEAMS), PLACES)
def test_nothing_is_said_in_public_where_others_listen(policy: Policy, who: Asker, where: Place) -> None:
    is_closed = where.is_shared is not False and where.channel not in policy.channels and not where.is_direct
    if is_closed and not where.is_private_answer:
        assert policy.refusal(who, where) is not None
    if is_closed:
        assert not policy.can_share(where)


@given(POLICIES, st.builds(Asker, USERS, TEAMS), PLACES)
def test_lists_only_ever_take_away(policy: Policy, who: Asker, where: Place) -> None:
    if policy.refusal(who, where) is None:
        assert not policy.users or who.user in policy.users
        assert not policy.channels or where.channel in policy.channels or (where.is_direct and who.user in policy.users)
