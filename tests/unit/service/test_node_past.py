"""When a node's past is told, and when one that is not there is said to have left: never below a full read."""

import pytest

from bot.core.answers import NodeAnswer, NodeGoneAnswer, NotFoundAnswer
from bot.core.move_answers import NodeStateAnswer
from bot.core.node_history import NodeChange, NodeHistory, NodeRecord, What
from bot.core.questions import Explain, NodeState
from bot.core.snapshot import Cause
from bot.service.history import History
from tests.factories import make_deployment, make_namespace, make_node
from tests.unit.clusters import AS_OF, json_of, service, view_of
from tests.unit.pasts import Broken, Kept

VIEW = view_of(make_node("a-1"), make_namespace("shop"), make_deployment("web", namespace="shop"))
CHANGE = NodeChange(AS_OF, AS_OF, "a-1", What.KUBELET, "v1.23.17", "v1.24.2")
RECORD = NodeRecord("old-1", "dockershim://20.10.24", "v1.23.17", "ready", "schedulable", is_there=False)
LEFT = NodeHistory(RECORD, ())
KEPT = Kept(nodes={"a-1": NodeHistory(None, (CHANGE,)), "old-1": LEFT, "web": LEFT})


def test_both_answers_about_a_node_bring_its_past() -> None:
    explained = service(VIEW, KEPT).ask(Explain("node/a-1"), "en")
    state = service(VIEW, KEPT).ask(NodeState("a-1"), "en")
    assert isinstance(explained, NodeAnswer)
    assert isinstance(state, NodeStateAnswer)
    assert explained.past == state.past
    assert explained.past is not None
    assert (explained.past.changes, explained.past.moment) == ((CHANGE,), AS_OF)


def test_where_none_is_kept_there_is_none_and_a_failure_costs_no_answer() -> None:
    bare = service(VIEW).ask(Explain("node/a-1"), "en")
    failed = service(VIEW, Broken()).ask(Explain("node/a-1"), "en")
    assert isinstance(bare, NodeAnswer)
    assert isinstance(failed, NodeAnswer)
    assert bare.past is None
    assert failed.past is not None
    assert failed.past.failure == ("store-failed", {"place": "sqlite", "reason": "disk I/O error"})


@pytest.mark.parametrize("target", ["node/old-1", "old-1", "no/old-1"])
def test_a_node_that_left_is_known(target: str) -> None:
    answer = service(VIEW, KEPT).ask(Explain(target), "en")
    assert isinstance(answer, NodeGoneAnswer)
    assert answer.record == RECORD


@pytest.mark.parametrize(
    ("target", "history"),
    [
        pytest.param("node/nope", KEPT, id="there-never-was-one"),
        pytest.param("shop/old-1", KEPT, id="a-workload-was-meant"),
        pytest.param("deploy/old-1", KEPT, id="of-another-kind"),
        pytest.param("a/b/c/d", KEPT, id="no-name-at-all"),
        pytest.param("node/old-1", None, id="nothing-is-kept"),
        pytest.param("node/old-1", Broken(), id="it-cannot-be-read"),
    ],
)
def test_what_is_not_known_to_have_left_is_not_found(target: str, history: History | None) -> None:
    assert isinstance(service(VIEW, history).ask(Explain(target), "en"), NotFoundAnswer)


def test_below_a_full_read_of_the_nodes_nothing_has_left() -> None:
    torn = view_of(make_node("a-1"), unread={"nodes": Cause.FORBIDDEN})
    for question in (Explain("node/old-1"), NodeState("old-1")):
        assert isinstance(service(torn, KEPT).ask(question, "en"), NotFoundAnswer)


def test_a_workload_of_its_name_is_meant_first() -> None:
    assert not isinstance(service(VIEW, KEPT).ask(Explain("web"), "en"), NodeGoneAnswer)


def test_json_without_a_history_says_so() -> None:
    assert json_of(VIEW, "explain node/a-1")["data"]["past"] is None
