"""What is posted, for the demo cluster and for clusters in which something is done, unread or snoozed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import pytest
from msgspec.structs import replace

from bot.adapters.knowledge import load_knowledge
from bot.app import Source, build, catalogues, load_settings
from bot.core.history import Detail, detail_of
from bot.core.kept import Snooze
from bot.core.schedule import Kind, Occurrence
from bot.core.snapshot import Cause
from bot.core.subscriptions import EVERYTHING, Scope, ScopeKind, Subscription
from bot.core.view import ClusterView
from bot.playground.slack.limits import problems
from bot.reminders.ports import Entry, Nothing, Part, Posting, Slot, State
from bot.render.blocks import Message
from bot.service import Service
from handlers.posting import Posts
from tests.factories import make_deployment, make_namespace, make_node
from tests.unit.clusters import AS_OF, view_of
from tests.unit.conftest import Golden

DAY = date(2026, 11, 23)
NOW = datetime.combine(DAY, time(9), UTC)
DIGEST = Occurrence(Kind.DIGEST, DAY, NOW)
REMINDER = Occurrence(
    Kind.REMINDER, DAY, NOW, (("kubernetes-1.38", date(2026, 12, 16)), ("containerd-2.3", date(2028, 4, 30)))
)
OF_REMOVAL = Occurrence(
    Kind.REMINDER, date(2022, 4, 26), datetime(2022, 4, 26, 9, tzinfo=UTC), (("kubernetes-1.24", date(2022, 5, 3)),)
)
NUDGE = Occurrence(Kind.REMINDER, DAY, NOW, is_nudge=True)


@dataclass
class Shelf:
    """What a channel was told, in memory."""

    before: Detail | None = None
    put_off: Mapping[str, date] = field(default_factory=dict)
    taken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    old: Mapping[str, date] = field(default_factory=dict)
    kept: list[Detail] = field(default_factory=list)

    def told(self, channel: str) -> Detail | None:
        return self.before

    def tell(self, channel: str, detail: Detail) -> None:
        self.kept.append(detail)

    def snoozes(self, channel: str) -> Mapping[str, Snooze]:
        return {id_: Snooze(channel, id_, day, "we wait", "U0AB1CD2E", NOW) for id_, day in self.put_off.items()}

    def takers(self, channel: str) -> Mapping[str, tuple[str, ...]]:
        return self.taken

    def moved(self) -> Mapping[str, date]:
        return self.old


@dataclass
class Source_:
    """A view, as it is now."""

    view_: ClusterView

    def view(self) -> ClusterView:
        return self.view_

    def newest(self) -> ClusterView:
        return self.view_


def subscription(scope: Scope = EVERYTHING, language: str = "en", **settings: object) -> Subscription:
    return replace(Subscription("C1", NOW, scope=scope, language=language), **settings)  # type: ignore[arg-type]


def owned_by(name: str) -> Scope:
    return Scope(ScopeKind.OWNER, (name,))


def posts(view: ClusterView, shelf: Shelf | None = None, *, age: timedelta | None = None) -> Posts:
    """Return the writer; ``age`` of the view, where it is a running bot's."""
    now = (lambda: view.as_of + age) if age is not None else None
    service = Service(Source_(view), load_knowledge(), today=lambda: DAY, now=now, stale_seconds=300)
    return Posts(service, shelf or Shelf(), catalogues(), "/runtime")


def text_of(written: object) -> str:
    assert isinstance(written, Posting), written
    return written.message.text


def cluster(*more: object, docker: bool = True) -> ClusterView:
    runtime = "docker://20.10.24" if docker else "containerd://2.2.1"
    return view_of(
        make_node("a-1", kubelet="v1.23.17", runtime=runtime, labels={"agentpool": "a"}),
        *(make_namespace(name) for name in ("ci", "web")),
        make_deployment("shop", namespace="web", labels={"team": "web"}),
        *more,  # type: ignore[arg-type]
    )


def last_week(view: ClusterView) -> Detail:
    """Return a view as a digest of a week ago was made from it."""
    return replace(detail_of(view), at=view.as_of - timedelta(days=7))


def builder(owner: str = "ci-team") -> object:
    return make_deployment("builder", namespace="ci", labels={"team": owner}, host_paths={"/var/run/docker.sock": "/s"})


@pytest.mark.usefixtures("no_settings")
@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    ("name", "scope", "occurrence"),
    [
        ("digest", EVERYTHING, DIGEST),
        ("digest-owner", owned_by("observability"), DIGEST),
        ("reminder", EVERYTHING, REMINDER),
        ("nudge", EVERYTHING, NUDGE),
    ],
)
def test_what_the_demo_cluster_posts(
    name: str, scope: Scope, occurrence: Occurrence, language: str, golden: Golden
) -> None:
    app = build(load_settings(), Source(is_demo=True))
    history = app.service._history
    assert history is not None
    shelf = Shelf(before=history.detail_before(NOW - timedelta(days=7)), taken={"kubernetes-1.38": ("U0AB1CD2E",)})
    missed = Entry(Slot("C1", "digest:2026-11-16", Part.MESSAGE), State.MISSED, "", NOW, NOW, NOW)
    unsure = Entry(Slot("C1", "reminder:2026-11-16", Part.MESSAGE), State.UNCONFIRMED, "", NOW, NOW, NOW)
    writer = Posts(app.service, shelf, catalogues(), "/runtime")
    written = writer.write(subscription(scope, language), occurrence, NOW, [missed, unsure])
    assert isinstance(written, Posting)
    parts: list[Message] = [written.message, *([written.details] if written.details else [])]
    golden.check(
        f"post-{name}.{language}.txt", "\n\n--- in its thread ---\n\n".join(part.text for part in parts) + "\n"
    )
    if occurrence is REMINDER:
        assert problems(list(written.message.blocks)) == []
        shown = {"text": written.message.text, "blocks": written.message.blocks}
        golden.check(f"post-{name}.{language}.blocks.json", json.dumps(shown, ensure_ascii=False, indent=2) + "\n")
        assert written.about == ("kubernetes-1.38",)
    assert (written.picture is not None) == (name == "digest")


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "Whether the digest of 2026-11-09 arrived is not known: ",
                "The details and the chart in the thread of the digest of 2026-11-16 may be missing: Slack did not",
                "The chart in the thread of the digest of 2026-11-20 may be missing: ",
            ],
        ),
        (
            "ko",
            [
                "2026-11-09 다이제스트가 올라갔는지 확인되지 않았습니다.",
                "2026-11-16 다이제스트 스레드에 상세 내용과 차트가 빠졌을 수 있습니다.",
                "2026-11-20 다이제스트 스레드에 차트가 빠졌을 수 있습니다.",
            ],
        ),
    ],
)
@pytest.mark.parametrize("occurrence", [DIGEST, OF_REMOVAL])
def test_what_earlier_posts_may_lack_is_told_in_a_line_each(
    occurrence: Occurrence, language: str, lines: list[str]
) -> None:
    left = [
        ("digest:2026-11-09", Part.MESSAGE),
        ("digest:2026-11-09", Part.CHART),
        ("digest:2026-11-16", Part.DETAILS),
        ("digest:2026-11-16", Part.CHART),
        ("now:2026-11-19T22:00:00+00:00", Part.CHART),
    ]
    at = datetime(2026, 11, 19, 22, tzinfo=UTC)
    untold = [Entry(Slot("C1", key, part), State.UNCONFIRMED, "", at, at, at) for key, part in left]
    writer = posts(cluster(builder()))
    text = text_of(writer.write(subscription(language=language, zone="Asia/Seoul"), occurrence, occurrence.at, untold))
    for line in lines:
        assert text.count(line) == 1
    assert len([line for line in text.splitlines() if "Slack did not" in line or "Slack이 응답" in line]) == 3


def test_a_digest_tells_what_changed_since_the_last_and_keeps_the_read_it_was_made_from() -> None:
    before, after = cluster(builder()), cluster()
    shelf = Shelf(before=last_week(before))
    written = posts(after, shelf).write(subscription(), DIGEST, NOW, [])
    assert "Since the last digest: 1 finding closed (2026-11-16 09:00 UTC to 2026-11-23 09:00 UTC)" in text_of(written)
    assert isinstance(written, Posting)
    assert written.details is not None
    assert "`ci/Deployment/builder`: `docker-socket` · `ci-team`" in written.details.text
    assert shelf.kept == []
    assert written.keep is not None
    written.keep()
    assert shelf.kept == [detail_of(after)]


def test_the_first_digest_does_not_call_everything_new() -> None:
    assert "this is the first one" in text_of(posts(cluster(builder())).write(subscription(), DIGEST, NOW, []))


def test_nothing_changed_is_nothing_to_say_where_that_is_wished_and_only_then() -> None:
    view = cluster(builder())
    shelf = Shelf(before=last_week(view))
    assert posts(view, shelf).write(subscription(skips_unchanged=True), DIGEST, NOW, []) == Nothing("unchanged")
    assert "nothing changed" in text_of(posts(view, shelf).write(subscription(), DIGEST, NOW, []))
    changed = cluster(builder(), make_node("a-2", kubelet="v1.23.17"))
    text_of(posts(changed, shelf).write(subscription(skips_unchanged=True), DIGEST, NOW, []))


def test_what_was_not_read_is_not_told_as_unchanged_or_done() -> None:
    whole = cluster()
    torn = view_of(
        make_node("a-1", kubelet="v1.23.17", runtime="docker://20.10.24"),
        make_namespace("web"),
        unread={"pods": Cause.FORBIDDEN},
    )
    shelf = Shelf(before=last_week(whole))
    text = text_of(posts(torn, shelf).write(subscription(skips_unchanged=True), DIGEST, NOW, []))
    assert "not everything was read" in text
    assert "NOT complete" in text
    owner = posts(torn).write(subscription(owned_by("ci-team")), DIGEST, NOW, [])
    assert "found in what I can see" in text_of(owner)


def test_the_next_digest_is_compared_with_the_last_whole_read() -> None:
    torn = view_of(make_node("a-1", kubelet="v1.23.17"), unread={"pods": Cause.FORBIDDEN})
    for before, is_kept in ((None, True), (last_week(cluster()), False)):
        written = posts(torn, Shelf(before=before)).write(subscription(), DIGEST, NOW, [])
        assert isinstance(written, Posting)
        assert (written.keep is not None) == is_kept


def test_an_old_view_says_so_and_calls_nothing_done_or_unchanged() -> None:
    old = timedelta(days=2)
    clean, shelf = cluster(docker=False), Shelf(before=detail_of(cluster(docker=False)))
    text = text_of(posts(clean, shelf, age=old).write(subscription(skips_unchanged=True), DIGEST, NOW, []))
    assert "This is how the cluster was 2 days ago" in text.split("\n")[1]
    assert "not known: the cluster was not read since 2026-11-23 09:00 UTC" in text
    assert "Nothing is left" not in text
    text_of(posts(clean, age=old).write(subscription(owned_by("web")), DIGEST, NOW, []))
    early = datetime(2022, 4, 26, 9, tzinfo=UTC)
    reminder = Occurrence(Kind.REMINDER, early.date(), early, (("kubernetes-1.24", date(2022, 5, 3)),))
    for scope in (EVERYTHING, owned_by("web")):
        text_of(posts(clean, age=old).write(subscription(scope), reminder, early, []))
        assert posts(clean).write(subscription(scope), reminder, early, []) == Nothing("done")


def test_an_owner_who_has_finished_gets_nothing_and_the_others_only_theirs() -> None:
    view = cluster(builder("ci-team"))
    calendar = (("kubernetes-1.24", date(2022, 5, 3)),)
    reminder = Occurrence(Kind.REMINDER, DAY, NOW, calendar)
    early = date(2022, 4, 26)
    for owner, is_done in (("ci-team", False), ("web", True), ("nobody", True)):
        digest = posts(view).write(subscription(owned_by(owner)), DIGEST, NOW, [])
        told = posts(view).write(
            subscription(owned_by(owner)), replace(reminder, day=early), datetime.combine(early, time(9), UTC), []
        )
        assert (digest == Nothing("done"), told == Nothing("done")) == (is_done, is_done), owner
    assert "ci/builder" in text_of(
        posts(view).write(subscription(owned_by("ci-team")), reminder, datetime.combine(early, time(9), UTC), [])
    )


def test_an_owner_hears_once_more_when_the_last_finding_closed() -> None:
    shelf = Shelf(before=last_week(cluster(builder())))
    text = text_of(posts(cluster(), shelf).write(subscription(owned_by("ci-team")), DIGEST, NOW, []))
    assert "Nothing is left to do here" in text


def test_a_cluster_that_left_docker_gets_no_reminder_of_its_removal() -> None:
    reminder = Occurrence(Kind.REMINDER, DAY, NOW, (("kubernetes-1.24", date(2022, 5, 3)),))
    early = datetime(2022, 4, 26, 9, tzinfo=UTC)
    assert posts(cluster(docker=False)).write(subscription(), reminder, early, []) == Nothing("done")
    assert "in 7 days, on 2022-05-03" in text_of(posts(cluster()).write(subscription(), reminder, early, []))


def test_what_is_put_off_is_not_told() -> None:
    early = datetime(2022, 4, 26, 9, tzinfo=UTC)
    reminder = Occurrence(Kind.REMINDER, early.date(), early, (("kubernetes-1.24", date(2022, 5, 3)),))
    shelf = Shelf(put_off={"kubernetes-1.24": date(2022, 5, 2)})
    assert posts(cluster(), shelf).write(subscription(), reminder, early, []) == Nothing("snoozed")


def test_a_moved_date_is_told_with_the_one_before() -> None:
    view = view_of(make_node("a-1", kubelet="v1.25.1", runtime="containerd://1.6.8"))
    occurrence = Occurrence(Kind.REMINDER, DAY, NOW, moves=("kubernetes-1.38",))
    shelf = Shelf(old={"kubernetes-1.38": date(2026, 8, 26)})
    text = text_of(posts(view, shelf).write(subscription(), occurrence, NOW, []))
    assert text.startswith("Moved from 2026-08-26 to 2026-12-16 (in 23 days): Kubernetes 1.38")


def test_days_are_counted_where_the_channel_is() -> None:
    evening = datetime(2022, 4, 26, 23, tzinfo=UTC)  # the 27th in Seoul
    reminder = Occurrence(Kind.REMINDER, date(2022, 4, 27), evening, (("kubernetes-1.24", date(2022, 5, 3)),))
    text = text_of(posts(cluster()).write(subscription(zone="Asia/Seoul"), reminder, evening, []))
    assert "in 6 days" in text


def posted(*about: str, at: datetime = NOW) -> Entry:
    """Return a reminder that was posted."""
    slot = Slot("C1", f"reminder:{at.date().isoformat()}", Part.MESSAGE)
    return Entry(slot, State.SENT, "p", at, at, at, ts="1.1", about=about)


def buttons(message: Message) -> list[tuple[str, str]]:
    """Return what the buttons say and what they stand for."""
    elements = next(block["elements"] for block in message.blocks if block["type"] == "actions")
    return [(item["text"]["text"], json.loads(item["value"])["q"]) for item in elements]


def test_several_dates_each_have_their_buttons_and_say_of_which() -> None:
    view = view_of(make_node("a-1", kubelet="v1.25.1", runtime="containerd://1.6.8"))
    leads = (("kubernetes-1.38", date(2026, 12, 16)), ("kubernetes-1.35", date(2025, 12, 17)))
    today = datetime(2025, 12, 16, 9, tzinfo=UTC)
    written = posts(view).write(subscription(), Occurrence(Kind.REMINDER, today.date(), today, leads), today, [])
    assert isinstance(written, Posting)
    assert written.about == ("kubernetes-1.35", "kubernetes-1.38")
    assert buttons(written.message) == [
        ("This date", "when 1.35"),
        ("I take care of it · 1.35", 'mine id="kubernetes-1.35"'),
        ("Guide · 1.35", "guide cgroups"),
        ("I take care of it · 1.38", 'mine id="kubernetes-1.38"'),
        ("Put off… · 1.38", 'snooze id="kubernetes-1.38"'),
        ("Guide · 1.38", "guide containerd-2"),
        ("What is at risk", "pods"),
        ("Milestones", "milestones"),
    ], "what is tomorrow cannot be put off"


def test_a_reminder_again_shows_who_takes_care_and_what_was_put_off() -> None:
    view = view_of(make_node("a-1", kubelet="v1.25.1", runtime="containerd://1.6.8"))
    shelf = Shelf(taken={"kubernetes-1.38": ("U0AB1CD2E",)}, put_off={"kubernetes-1.38": date(2026, 12, 24)})
    again = posts(view, shelf).again(subscription(), posted("kubernetes-1.38"), NOW)
    assert again is not None
    assert "Taken care of by: <@U0AB1CD2E>" in again.text
    assert "Put off: until 2026-12-15, by <@U0AB1CD2E>: `we wait`" in again.text, "no longer than the day before"
    assert posts(view, shelf).again(subscription(), posted("kubernetes-1.24"), NOW) is None


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(("name", "scope"), [("done", EVERYTHING), ("done-owner", owned_by("ci-team"))])
def test_what_takes_the_place_of_a_reminder_that_is_done(
    name: str, scope: Scope, language: str, golden: Golden
) -> None:
    view = cluster() if scope.names else cluster(docker=False)
    told = posted("kubernetes-1.24", at=AS_OF - timedelta(days=7))
    message = posts(view).fixed(subscription(scope, language, zone="Asia/Seoul"), told, NOW)
    assert message is not None
    golden.check(f"post-{name}.{language}.txt", message.text + "\n")


def test_a_reminder_is_not_called_done_while_anything_of_it_is_left_or_nobody_can_tell() -> None:
    told = posted("kubernetes-1.24", at=AS_OF - timedelta(days=7))
    everybody, team = subscription(), subscription(owned_by("ci-team"))
    assert posts(cluster(docker=False)).fixed(everybody, told, NOW) is not None
    for view in (
        cluster(),
        view_of(make_node("a-1", runtime="containerd://2.2.1"), unread={"pods": Cause.FORBIDDEN}),
        view_of(make_namespace("web"), unread={"nodes": Cause.FORBIDDEN}),
        cluster(make_node("a-2", runtime=""), docker=False),
        replace(cluster(docker=False), as_of=AS_OF - timedelta(days=8)),
    ):
        assert posts(view).fixed(everybody, told, NOW) is None
    assert posts(cluster(builder())).fixed(team, told, NOW) is None
    assert posts(cluster()).fixed(team, told, NOW) is not None
    both = replace(told, about=("kubernetes-1.24", "kubernetes-1.38"))
    old = view_of(make_node("a-1", kubelet="v1.25.1", runtime="containerd://1.6.8"))
    assert posts(old).fixed(everybody, both, NOW) is None, "one of two is left"
    assert posts(cluster(docker=False)).fixed(everybody, replace(told, about=("gone-1.0",)), NOW) is None
    past = datetime(2022, 6, 1, 9, tzinfo=UTC)
    assert posts(cluster()).fixed(everybody, told, past) is None, "past is not done"
