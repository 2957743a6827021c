"""An object nested deeper than a decoder follows: it costs neither the others nor itself anything."""

import json

import pytest

from bot.adapters.decoding import Decoder, shallow
from bot.core.owners import OwnerKeys
from tests.factories import make_pod
from tests.unit.clusters import pool_table, table

PODS = next(resource for resource in table() if resource.name == "pods")


def deep_pod(levels: int) -> str:
    """Return a pod with managedFields so deep; kube-apiserver 1.20 keeps 4,000 levels (tried on 2026-11-30)."""
    pod = make_pod("deep")
    pod["metadata"]["managedFields"] = [{"fieldsV1": "HERE", "note": "a \\" + '" {[ b'}]
    pod["metadata"]["resourceVersion"] = "7"
    return json.dumps(pod).replace('"HERE"', '{"f:a":' * levels + "{}" + "}" * levels)


@pytest.mark.parametrize("levels", [10, 1000, 9000])
def test_a_deep_object_is_read_like_any_other(levels: int) -> None:
    decoder = Decoder(OwnerKeys(), pool_table())
    data = f'{{"kind":"PodList","items":[{deep_pod(levels)},{json.dumps(make_pod("other"))}]}}'.encode()
    page = decoder.page(PODS, data)
    assert ([pod.name for pod in page.objects], page.lost) == (["deep", "other"], [])
    event = decoder.event(PODS, f'{{"type":"DELETED","object":{deep_pod(levels)}}}'.encode())
    assert event.item is not None
    assert (event.item.name, event.item.cause, event.version) == (("default", "deep"), None, "7")


@pytest.mark.parametrize("data", [b"[" * 5000, b"]" * 5000, b'"' * 101, b'{"a":"\\', b""])
def test_what_is_no_json_stays_none(data: bytes) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(shallow(data))


def test_a_name_is_the_same_in_lists_and_events() -> None:
    decoder = Decoder(OwnerKeys(), pool_table())
    pod = make_pod("n" * 300)
    event = decoder.event(PODS, json.dumps({"type": "DELETED", "object": pod}).encode())
    (listed,) = decoder.page(PODS, json.dumps({"kind": "PodList", "items": [pod]}).encode()).objects
    assert event.item is not None
    assert event.item.name == (listed.namespace, listed.name)
