"""With some namespaces alone read, every answer says so, nothing is "complete", and no other namespace is denied."""

import json

import pytest

from bot.core.history import detail_of, point_of
from bot.core.snapshot import NAMESPACED, Cause, Gap
from bot.core.view import ClusterView
from bot.render.csv_ import workloads_csv
from bot.render.data import scan_data
from bot.render.text import to_text
from bot.render.views.scan import compose as compose_scan
from tests.factories import make_dependents, make_deployment
from tests.unit.clusters import Objects, catalogue, healthy_nodes, json_of, mrkdwn_of, service, text_of, view_of

SOCKET = {"/var/run/docker.sock": "/s"}
ONLY = {"en": "only namespaces shop, web", "ko": "shop, web 네임스페이스만"}
HEDGE = {"en": "in what I can see", "ko": "확인할 수 있는 범위"}
COMPLETE = {"en": "· complete", "ko": "모두 조회됨"}
LANGUAGES = ("en", "ko")


def scoped(*objects: Objects, names: tuple[str, ...] = ("shop", "web"), gaps: tuple[Gap, ...] = ()) -> ClusterView:
    """Return the view of some namespaces."""
    return view_of(*objects, gaps=[Gap("namespaces", Cause.SCOPE, objects=names, count=len(names)), *gaps])


def clean() -> list[Objects]:
    """Return nodes, and a namespace in which nothing depends on Docker."""
    shop = make_deployment("shop", namespace="web")
    return [*healthy_nodes(), shop, make_dependents(shop, ["on-docker", "off-docker"])]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        *(
            "status",
            "status on-docker",
            "nodes",
            "pods",
            "pods web",
            "pods x",
            "explain shop",
            "explain node/on-docker",
        ),
        *("safe", "safe web", "owners", "progress", "count pods", "count at-risk", "where shop", "drain on-docker"),
        *("milestones", "upgrade 1.24", "trend", "changes", "export", "version", "node-state on-docker"),
    ],
)
def test_every_answer_says_what_alone_is_read(text: str, language: str) -> None:
    for shown in (text_of(scoped(*clean()), text, language), mrkdwn_of(scoped(*clean()), text, language)):
        assert ONLY[language] in shown.replace("`", "").splitlines()[-1]
        assert COMPLETE[language] not in shown


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["status", "pods", "pods web", "explain shop", "count at-risk"])
def test_nothing_is_found_only_in_what_can_be_seen(text: str, language: str) -> None:
    assert HEDGE[language] in text_of(scoped(*clean()), text, language).partition("\n")[0]


@pytest.mark.parametrize(
    ("names", "en", "ko"),
    [
        (("web",), "only namespace web.", "web 네임스페이스만"),
        (("a", "b", "web"), "only namespaces a, b, web.", "a, b, web 네임스페이스만"),
        (("a", "b", "c", "d", "web"), "only namespaces a, b, c, +2 more.", "a, b, c, 그 외 2개 네임스페이스만"),
    ],
)
def test_the_line_names_a_few_and_counts_the_rest(names: tuple[str, ...], en: str, ko: str) -> None:
    view = scoped(*clean(), names=names)
    assert text_of(view, "pods").splitlines()[-1].endswith(en)
    assert text_of(view, "pods", "ko").splitlines()[-1].endswith(ko)


def test_the_first_line_of_a_list_does_not_speak_of_the_whole_cluster() -> None:
    assert text_of(scoped(*clean()), "pods").startswith("In the namespaces I read: nothing at risk found in what")
    assert text_of(scoped(*clean()), "pods", "ko").startswith("읽는 네임스페이스 전체: 확인할 수 있는")


@pytest.mark.parametrize(
    ("text", "en", "ko"),
    [
        (
            "pods payments",
            "I do not read namespace payments, only shop, web.",
            "payments 네임스페이스는 읽지 않습니다.",
        ),
        (
            "count workloads namespace=payments",
            "I do not read namespace payments, only",
            "payments 네임스페이스는 읽지",
        ),
        ("safe payments", "I do not see payments. Of all namespaces I read only shop, web.", "shop, web만 읽습니다."),
        ("explain payments/api", "I do not see payments/api. Of all namespaces I read only", "shop, web만 읽습니다."),
        ("owners team-x", "I do not see team-x. Of all namespaces I read only shop, web.", "shop, web만 읽습니다."),
        ("pods shop-2", "I do not read namespace shop-2, only shop, web.", "shop-2 네임스페이스는 읽지 않습니다."),
        # Those that are read, and nodes, are as ever.
        ("safe shop/api", "Not found in what I can see: shop/api", "확인할 수 있는 범위"),
        ("nodes node=nowhere", "Not found in what I can see: node nowhere", "확인할 수 있는 범위"),
    ],
)
def test_another_namespace_is_not_read_rather_than_not_there(text: str, en: str, ko: str) -> None:
    assert en in text_of(scoped(*clean()), text).partition("\n")[0]
    assert ko in text_of(scoped(*clean()), text, "ko").partition("\n")[0]


def test_a_namespace_that_is_refused_is_named_in_one_line() -> None:
    refused = tuple(Gap(kind, Cause.FORBIDDEN, 403, namespaces=("shop",)) for kind in NAMESPACED)
    view = scoped(*clean(), gaps=refused)
    english, korean = text_of(view, "pods").splitlines(), text_of(view, "pods", "ko").splitlines()
    (line,) = [line for line in english if "shop (HTTP 403)" in line]
    assert "this login may not list objects of any kind in shop (HTTP 403)" in line
    (line,) = [line for line in korean if "HTTP 403" in line]
    assert "shop 네임스페이스의 모든 리소스 목록을 조회할 권한이 없습니다" in line


def test_a_kind_that_is_refused_somewhere_is_named_with_where_and_what_it_costs() -> None:
    gaps = (Gap("pods", Cause.FORBIDDEN, 403, namespaces=("shop",)), Gap("jobs", Cause.TIMEOUT, namespaces=("web",)))
    text = text_of(scoped(*clean(), gaps=gaps), "status")
    assert "this login may not list pods in shop (HTTP 403). Running pods are not known" in text
    assert "the API server took too long to answer for jobs in web" in text
    many = tuple(Gap(kind, Cause.FORBIDDEN, 400 + n, namespaces=("shop",)) for n, kind in enumerate(NAMESPACED))
    various = text_of(scoped(*clean(), gaps=(*many, Gap("pods", Cause.TIMEOUT, namespaces=("web",)))), "status")
    assert "each for a reason of its own" in various
    assert various.count("pods, ") + various.count(", pods") <= 2


def test_a_namespace_that_is_not_there_is_told_of() -> None:
    gone = Gap("namespaces", Cause.NO_NAMESPACE, objects=("shop",), count=1)
    assert "Not read: there is no namespace shop." in text_of(scoped(*clean(), gaps=(gone,)), "status")
    assert "shop 네임스페이스가 없습니다" in text_of(scoped(*clean(), gaps=(gone,)), "status", "ko")


def test_what_is_in_a_namespace_that_is_read_is_known() -> None:
    """Its pods are counted, and none are none: only those of nodes and of the cluster may be more."""
    gap = Gap("pods", Cause.FORBIDDEN, 403, namespaces=("shop",))
    idle = [make_deployment("idle", namespace=name, host_paths=SOCKET) for name in ("web", "shop")]
    view = scoped(*clean(), *idle, gaps=(gap,))
    assert any(line.split() == ["Pods", "none"] for line in text_of(view, "explain web/idle").splitlines())
    assert not any(line.split() == ["Pods", "none"] for line in text_of(view, "explain shop/idle").splitlines())
    assert "no pods now" in text_of(view, "where web/idle").partition("\n")[0]
    assert "no pods now" not in text_of(view, "where shop/idle").partition("\n")[0]
    rows = workloads_csv(view.with_findings, service(view).seen(view)).splitlines()
    assert any(",web,idle,,0,0," in row for row in rows)
    assert any(",shop,idle,,,," in row for row in rows)
    assert text_of(view, "count pods namespace=web").startswith("2 pods")
    assert HEDGE["en"] not in text_of(view, "count pods namespace=web").partition("\n")[0]
    assert HEDGE["en"] in text_of(view, "count pods").partition("\n")[0]


def test_the_scan_is_not_complete() -> None:
    view = scoped(*clean())
    coverage = scan_data(view, view.with_findings, catalogue("en"))["coverage"]
    assert coverage == {"complete": False, "gaps": [{"what": "namespaces", "why": "only shop, web are read"}]}
    shown = to_text(compose_scan(view, view.with_findings, catalogue("en")))
    assert HEDGE["en"] in shown.partition("\n")[0]
    assert ONLY["en"] in shown
    seen = json_of(view, "status")["data"]["seen"]["gaps"]
    assert [(gap["what"], gap["cause"], gap["objects"]) for gap in seen] == [("namespaces", "scope", ["shop", "web"])]
    json.dumps(seen)


def test_a_part_is_never_a_whole_point_of_a_trend_nor_of_what_changed() -> None:
    assert point_of(view_of(*clean())).is_whole
    assert detail_of(view_of(*clean())).is_whole
    assert not point_of(scoped(*clean())).is_whole
    assert not detail_of(scoped(*clean())).is_whole
    assert not scoped(*clean()).is_complete


def test_without_nodes_what_is_at_risk_is_found_and_what_is_exposed_is_unknown() -> None:
    risky = make_deployment("cli", namespace="web", host_paths=SOCKET)
    gaps = [Gap("namespaces", Cause.SCOPE, objects=("web",), count=1)]
    view = view_of(risky, make_dependents(risky, ["n1", "n2"]), gaps=gaps, unread={"nodes": Cause.FORBIDDEN})
    status = text_of(view, "status")
    assert status.startswith("Which runtime the nodes use is unknown, since they could not be read; 1 workload at risk")
    assert "exposure unknown" in status
    assert "unknown" in text_of(view, "milestones").partition("\n")[0]
    (pods,) = [line for line in text_of(view, "explain cli").splitlines() if line.startswith("Pods")]
    assert pods.split(maxsplit=1)[1] == "2 (2 unknown)"
