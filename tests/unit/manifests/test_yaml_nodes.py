"""YAML as plain data with lines: what it means, what is refused, and that nothing costs what stands beside it."""

import json
import re
import time
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.adapters.json_nodes import read_json
from bot.adapters.marked import DEPTH, Document, NodeError, fields
from bot.adapters.yaml_nodes import read_yaml

LAUGHS = b"a: &a [" + b",".join([b"lol"] * 10) + b"]\n"
LAUGHS += b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 10)) for n in range(9))

MANIFEST = b"""\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: &labels {app: web}}
spec:
  selector: {matchLabels: *labels}
  template:
    metadata: {labels: *labels}
    spec:
      containers:
        - name: main
          image: "registry:5000/x@sha256:0"
          args: [--flag, 'it''s', "a\\tb"]
          command:
            - sh
            - -c
            - |
              docker ps
              exit 0
---
kind: List
items:
- {kind: Pod, metadata: {name: a}}
- <<: {kind: Pod}
  metadata: {name: b}
"""


def plain(document: Document) -> Any:
    return None if document.data is None else json.loads(msgspec.json.encode(document.data))


def read(text: bytes) -> list[tuple[int, Any, list[tuple[str, int]]]]:
    return [
        (document.line, plain(document), [(error.key, error.line) for error in document.errors])
        for document in read_yaml(text)
    ]


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        pytest.param(b"a:\n\tb: 1", "tab", 2, id="a tab indents"),
        pytest.param(b"a: b\n\tc: 1", "tab", 2, id="a tab goes on with a value"),
        pytest.param(b"a: 1\nb: \x1b[31m", "control", 2, id="an escape"),
        pytest.param(b"a: \xc2\x80", "control", 1, id="a C1 control character"),
        pytest.param(b"a: 1\nb: \xe9t\xe9", "encoding", 2, id="Latin-1"),
        pytest.param(b"a: 1\nb: [x,\n  y\nc: 2\n", "bracket", 2, id="a bracket left open in the middle"),
        pytest.param(b"a: {b: [1, 2", "bracket", 1, id="half a line"),
        pytest.param(b"a: 1\nb: [\n", "cut", 2, id="half a document"),
        pytest.param(b'a: 1\nb: "x\nc: 2\n', "quote", 2, id="a quote left open"),
        pytest.param(b"a: 1\n b: 2", "indent", 2, id="too far in"),
        pytest.param(b"a: b: c", "indent", 1, id="a colon without quotes"),
        pytest.param(b"a: 1\nfoo\nb: 2", "colon", 3, id="a line without a colon"),
        pytest.param(b"a: @x", "not-yaml", 1, id="a reserved character"),
        pytest.param(b"a: 1\nb: *x", "alias-unknown", 2, id="an alias to nothing"),
        pytest.param(b"a: &x\n  - b: *x", "alias-cycle", 2, id="a cycle"),
        pytest.param(LAUGHS, "alias-bomb", 6, id="a billion laughs"),
        pytest.param(b"x: &x {a: 1}\n? *x\n: 2", "key", 2, id="a mapping as a key"),
        pytest.param(b"name: {{ .Values.name }}", "key", 1, id="template code"),
        pytest.param(b"a: " + b"[" * (DEPTH + 1), "deep", 1, id="too deep"),
        pytest.param(b"[" * 100_000, "deep", 1, id="so deep that recursion would end the process"),
        pytest.param(b"<<: [1]\na: 1", "merge", 1, id="a merge of no mapping"),
    ],
)
def test_a_bad_document_is_told_with_its_line_and_the_next_one_is_read(text: bytes, key: str, line: int) -> None:
    before, broken, after = read(b"before: 1\n---\n" + text + b"\n---\nafter: 1\n")
    assert before == (1, {"before": 1}, [])
    assert broken[2] == [(key, line + 2)]
    assert after == (text.count(b"\n") + 5, {"after": 1}, [])


def test_a_control_character_is_named() -> None:
    codes = []
    for character in ("\x1b", "\x00", "\x7f", "\x9b", "\ufffe"):
        (document,) = read_yaml(f"a: 1\nb: {character}\n".encode())
        codes += [error.values["code"] for error in document.errors]
    assert codes == ["0x1b", "0x00", "0x7f", "0x9b", "0xfffe"]


def test_of_a_list_that_breaks_off_the_whole_objects_are_kept() -> None:
    text = b"apiVersion: v1\nkind: List\nitems:\n- a: 1\n- b: 2\n- c: [\n"
    assert read(text) == [(1, {"apiVersion": "v1", "kind": "List", "items": [{"a": 1}, {"b": 2}]}, [("cut", 6)])]


def test_a_key_that_is_there_twice_is_told_with_both_lines_and_the_last_counts() -> None:
    (document,) = read_yaml(b"a: 1\nb: {c: 1,\n  c: 2}\na: 3\n")
    assert plain(document) == {"a": 3, "b": {"c": 2}}
    told = [(error.key, error.line, error.values) for error in document.errors]
    assert told == [("duplicate", 3, {"name": "c", "first": 2}), ("duplicate", 4, {"name": "a", "first": 1})]


def test_aliases_and_merges_mean_what_they_mean_to_kubectl() -> None:
    text = b"x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz:\n  b: 4\n  <<: [*x, {b: 5, c: 6}]\nw: *x\n"
    ((_, data, errors),) = read(text)
    assert errors == []
    assert data["y"] == {"a": 1, "b": 3}
    assert data["z"] == {"a": 1, "b": 4, "c": 6}
    assert data["w"] == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, True) for word in ("true", "True", "yes", "ON", "y")),
        *((word, False) for word in ("false", "No", "off", "n")),
        *((word, None) for word in ("", "~", "null", "NULL")),
        *[("0", 0), ("-17", -17), ("+3", 3), ("0777", 511), ("0o17", 15), ("0x1F", 31), ("0b11", 3), ("1_000", 1000)],
        *[("1.20", 1.2), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("08", 8.0), ("9" * 30, int("9" * 30))],
        *[("2026-11-29", "2026-11-29"), ("1:30", "1:30"), (".inf", ".inf"), ("100m", "100m"), ("1.2.3", "1.2.3")],
        *[('"1"', "1"), ("'yes'", "yes"), ("!!str 1", "1"), ('!!int "1"', 1), ("!foo 1", "1"), ("-", None)],
        *[("!!python/object/apply:os.system [x]", ["x"]), ("!!binary aGk=", "aGk="), ("9" * 5000, "9" * 5000)],
    ],
)
def test_scalars_mean_what_they_mean_to_kubectl_and_tags_construct_nothing(text: str, value: Any) -> None:
    ((_, data, errors),) = read(b"a:\n  b: " + text.encode()) if text != "-" else read(b"a:\n  b:")
    assert (data, errors) == ({"a": {"b": value}}, [])
    assert type(data["a"]["b"]) is type(value)


def test_every_field_knows_its_line() -> None:
    first, second = read_yaml(MANIFEST)
    lines = dict(fields(first.data))
    assert lines["metadata.namespace"] == 3
    assert lines["spec.template.spec.containers[0].args[2]"] == 12
    assert lines["spec.template.spec.containers[0].command[2]"] == 16
    assert lines["spec.template.metadata.labels.app"] == 3  # an alias stands where its anchor is
    assert second.line == 20
    assert dict(fields(second.data))["items[1].metadata"] == 24
    assert dict(fields(second.data))["items[1].kind"] == 23


@pytest.mark.parametrize("breaks", [b"\n", b"\r\n", b"\r"])
def test_lines_are_counted_as_editors_do(breaks: bytes) -> None:
    text = MANIFEST.replace(b"\n", breaks)
    documents = list(read_yaml(text))
    assert [document.line for document in documents] == [1, 20]
    assert dict(fields(documents[0].data))["spec.template.spec.containers[0].image"] == 11


def test_directives_markers_and_comments_are_no_documents() -> None:
    text = b"\xef\xbb\xbf# x\n---\n# y\n...\n%YAML 1.1\n---\na: 1\n...\n# z\n%YAML 1.1\n---\nb: 2\n...\n---\n"
    assert read(text) == [(7, {"a": 1}, []), (12, {"b": 2}, [])]
    assert read(b"") == read(b"\n") == read(b"---\n") == []


def test_a_billion_laughs_costs_no_time_and_a_common_use_of_aliases_is_fine() -> None:
    began = time.perf_counter()
    read(LAUGHS * 3)
    assert time.perf_counter() - began < 1
    many = b"x: &x {requests: {cpu: 100m, memory: 64Mi}}\ny:\n" + b"- *x\n" * 20_000
    assert read(many)[0][2] == []


#: Text that is likely to be nearly YAML.
PIECES = st.sampled_from(
    [
        *(
            b"a",
            b": ",
            b"\n",
            b"  ",
            b"- ",
            b"[",
            b"]",
            b"{",
            b"}",
            b"&x ",
            b"*x",
            b"---\n",
            b"...\n",
            b'"',
            b"'",
            b"|",
        ),
        *(
            b">",
            b"\t",
            b"#",
            b"!",
            b"!!int ",
            b"<<: ",
            b"%",
            b"? ",
            b",",
            b"\x00",
            b"\xff",
            b"\xc2\x85",
            b"0x",
            b"1e9999",
        ),
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    text = bytearray(MANIFEST)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.integers(0, 12)))
        text[at:end] = draw(st.one_of(PIECES, st.binary(max_size=4)))
    return bytes(text)


@settings(max_examples=1500, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=40).map(b"".join), mutated()))
@example(b"\xef\xbb\xbf")
@example(b"a: !<tag:yaml.org,2002:int> 0x")
@example(b"? ")
@example(b"null")
def test_whatever_the_bytes_documents_come_out_and_nothing_is_raised(text: bytes) -> None:
    count = len(re.findall(rb"\r\n|\r|\n", text)) + 1
    for reader in (read_yaml, read_json):
        for document in reader(text):
            msgspec.json.decode(msgspec.json.encode(document.data), type=msgspec.Raw)
            assert document.data is not None or document.errors or b"null" in text
            assert all(1 <= error.line <= count and isinstance(error, NodeError) for error in document.errors)
            assert all(1 <= line <= count for _, line in fields(document.data))


class Quoting(yaml.SafeDumper):
    """Quotes texts: PyYAML leaves ``0E0`` and ``N`` as they are, a number and a bool to kubectl and to us."""


Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'"))

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(VALUES, st.booleans())
@example("0E0", False)
@example("N", False)
def test_what_is_written_as_yaml_or_json_is_read_back(value: Any, is_flow: bool) -> None:
    text = yaml.dump(value, Dumper=Quoting, default_flow_style=is_flow).encode()
    found = [plain(document) for document in read_yaml(text)]
    assert found == ([value] if value is not None else [])
    indented = json.dumps(value, indent="\t", ensure_ascii=is_flow).encode("utf-8", "surrogatepass")
    assert [plain(document) for document in read_json(indented)] == [value]


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        (b'{"a": 1}\n{"b": [1,\n2]}', [(1, {"a": 1}, []), (2, {"b": [1, 2]}, [])]),
        (b'{"items": [{"a": 1}, {"b":\n', [(1, {"items": [{"a": 1}], "kind": "List"}, [("cut", 2)])]),
        (b'{"a": "x', [(1, None, [("cut", 1)])]),
        (b'{"a": 1,}', [(1, None, [("not-json", 1)])]),
        (b'{\n"a": 1,\n"a": 2}', [(1, {"a": 2}, [("duplicate", 3)])]),
        (b"// comment\n{}", [(1, None, [("not-json", 1)])]),
        (b'{"a": "\\ud83d\\ude00 \\ud800"}', [(1, {"a": "\U0001f600 \ufffd"}, [])]),
        (b"[" * 100_000, [(1, None, [("deep", 1)])]),
        (b'{"a": "\xff"}', [(1, None, [("encoding", 1)])]),
    ],
)
def test_json_is_read_with_lines_and_cut_json_as_far_as_it_goes(text: bytes, documents: list[Any]) -> None:
    found = [(d.line, plain(d), [(error.key, error.line) for error in d.errors]) for d in read_json(text)]
    assert found == documents
