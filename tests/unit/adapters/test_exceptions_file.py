"""Exceptions as YAML: what is written is read again, and what is wrong is named with entry and field."""

import io
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.adapters.exceptions_file import SCHEMA, dump, read
from bot.adapters.knowledge import load_catalogue
from bot.cli.output import error_text
from bot.core.exceptions import LONGEST, Acceptance
from bot.core.rules import RULES
from bot.core.workloads import WorkloadKey
from bot.errors import UsageError
from tests.unit.clusters import AS_OF

CODES = [rule.code for rule in RULES]
TODAY = date(2026, 11, 23)
WEB = Acceptance(
    WorkloadKey("web", "Deployment", "legacy", "apps"),
    "docker-socket",
    "1월 패치: 대기",
    "U0ALICE",
    date(2027, 1, 31),
    datetime(2026, 11, 23, 9, tzinfo=UTC),
    "v1:" + "0" * 32,
)
BARE = replace(WEB, key=WorkloadKey("", "Pod", "yes"), by="", voided_at=datetime(2026, 12, 1, tzinfo=UTC))


def entry(**changes: Any) -> dict[str, Any]:
    """Return one entry as it is written, with fields changed; None takes one out."""
    (plain,) = yaml.safe_load(dump((WEB,), AS_OF))["exceptions"]
    return {key: value for key, value in {**plain, **changes}.items() if value is not None}


def file(path: Path, *entries: Any, **top: Any) -> str:
    path.write_text(yaml.safe_dump({"schema": SCHEMA, "exceptions": list(entries), **top}), encoding="utf-8")
    return str(path)


def refused(path: str) -> UsageError:
    with pytest.raises(UsageError) as found:
        read(path, CODES, TODAY)
    return found.value


def test_what_is_written_is_read_again_in_order(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(dump((WEB, BARE), AS_OF), encoding="utf-8")
    assert read(str(path), CODES, TODAY) == (BARE, WEB)
    assert "until: 2027-01-31\n" in path.read_text(encoding="utf-8")
    assert "1월 패치" in path.read_text(encoding="utf-8")


WORDS = st.text(st.characters(exclude_categories=("Z", "C")), min_size=1, max_size=12)


@given(
    st.lists(
        st.builds(
            Acceptance,
            key=st.builds(WorkloadKey, WORDS, WORDS, WORDS, st.just("") | WORDS),
            code=st.sampled_from(CODES),
            reason=st.text(st.characters(exclude_categories=("C",)), max_size=80).filter(str.strip),
            by=st.just("") | WORDS,
            until=st.dates(date(1, 1, 1)),
            made_at=st.integers(0, 4_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC)),
            fingerprint=st.text("0123456789abcdef", min_size=32, max_size=32).map("v1:{}".format),
            voided_at=st.none() | st.just(AS_OF),
        ),
        max_size=4,
        unique_by=lambda each: (each.key, each.code),
    )
)
def test_whatever_is_kept_is_read_again(accepted: list[Acceptance]) -> None:
    data = dump(accepted, AS_OF).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert read("-", CODES, date(9999, 1, 1)) == tuple(sorted(accepted, key=lambda each: each.sort_key))


@pytest.mark.parametrize(
    ("changes", "key", "field"),
    [
        ({"reason": None}, "exceptions-missing", "reason"),
        ({"until": None}, "exceptions-missing", "until"),
        ({"fingerprint": None}, "exceptions-missing", "fingerprint"),
        ({"untill": "2027-01-31"}, "exceptions-field", "untill"),
        ({"reason": 7}, "exceptions-text", "reason"),
        ({"reason": " "}, "exceptions-text", "reason"),
        ({"reason": "x" * 501}, "exceptions-text", "reason"),
        ({"until": "2027-02-30"}, "exceptions-day", "until"),
        ({"until": "soon"}, "exceptions-day", "until"),
        ({"until": 20270131}, "exceptions-day", "until"),
        ({"until": "2027-11-25"}, "exceptions-late", "until"),
        ({"until": "9999-12-31"}, "exceptions-late", "until"),
        ({"by": 7}, "exceptions-text", "by"),
        ({"made_at": "2026-11-23"}, "exceptions-time", "made_at"),
        ({"made_at": "2026-11-23T09:00:00"}, "exceptions-time", "made_at"),
        ({"fingerprint": "v2:0"}, "exceptions-fingerprint", "fingerprint"),
        ({"name": ["web"]}, "exceptions-word", "name"),
        ({"name": "a b"}, "exceptions-word", "name"),
        ({"code": "docker-sock"}, "exceptions-code-near", "code"),
        ({"code": "xyzzy"}, "exceptions-code", "code"),
    ],
)
def test_what_is_wrong_is_named_with_its_entry_and_field(
    tmp_path: Path, changes: dict[str, Any], key: str, field: str
) -> None:
    wrong = entry(**{"name": "other", **changes})
    error = refused(file(tmp_path / "x.yaml", entry(), wrong))
    assert (error.key, error.values["entry"], error.values["field"]) == (key, 2, field)


def test_one_that_stands_twice_is_refused(tmp_path: Path) -> None:
    error = refused(file(tmp_path / "x.yaml", entry(), entry(reason="other")))
    assert (error.key, error.values["entry"], error.values["first"]) == ("exceptions-twice", 2, 1)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "exceptions-schema"),
        ("[]", "exceptions-schema"),
        ("schema: other\nexceptions: []", "exceptions-schema"),
        (f"schema: {SCHEMA}\nexceptions: {{}}", "exceptions-schema"),
        (f"schema: {SCHEMA}\nexceptions: []\nmore: 1", "exceptions-table"),
        (f"schema: {SCHEMA}\nexceptions: [7]", "exceptions-entry"),
        ("a: b: c", "exceptions-not-yaml"),
        ("\tx: 1", "exceptions-tab"),
        (f"schema: {SCHEMA}\nschema: {SCHEMA}\nexceptions: []", "exceptions-duplicate"),
        ("!!python/object/apply:os.system ['true']", "exceptions-schema"),
        ("a: &a [*a]", "exceptions-not-plain"),
        (f"schema: {SCHEMA}\nexceptions: []\n---\nschema: {SCHEMA}\nexceptions: []", "exceptions-schema"),
        ("x: \x01", "exceptions-not-yaml"),
        ("{" * 3000, "exceptions-not-plain"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    assert refused(str(path)).key == key


def test_a_file_that_cannot_be_read_or_is_too_large_is_told(tmp_path: Path) -> None:
    assert refused(str(tmp_path / "none.yaml")).key == "exceptions-unreadable"
    large, binary = tmp_path / "large.yaml", tmp_path / "binary.yaml"
    large.write_bytes(b"#" * 4_000_001)
    assert refused(str(large)).key == "exceptions-large"
    binary.write_bytes(b"\xff\xfe\x00")
    assert refused(str(binary)).key == "exceptions-encoding"


def test_aliases_that_explode_are_refused_at_once(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
    )
    path = tmp_path / "x.yaml"
    path.write_text(bomb + f"schema: {SCHEMA}\nexceptions: [*j]\n", encoding="utf-8")
    assert refused(str(path)).key in ("exceptions-table", "exceptions-not-plain")


def test_the_last_day_possible_is_that_of_slack_and_what_expired_is_returned(tmp_path: Path) -> None:
    last = (TODAY + LONGEST).isoformat()
    given = file(tmp_path / "x.yaml", entry(until=last), entry(name="old", until="2026-01-01"))
    assert [each.until.isoformat() for each in read(given, CODES, TODAY)] == [last, "2026-01-01"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: b: c", "1행은 YAML이 아닙니다"),
        ("x: 1\n\ty: 2", "2행이 탭으로 시작합니다"),
        ("x: 1\nx: 2", "2행: x 키가 1행에 이미 있습니다"),
        (f"schema: {SCHEMA}\nexceptions: [{{kind: 7}}]", "1번째 항목의 kind: 공백 없는 한 단어여야 합니다"),
    ],
)
def test_no_parser_speaks_in_an_error(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    told = error_text(refused(str(path)), load_catalogue("ko"))
    assert says in told
    assert "xpected" not in told
    assert "allowed" not in told
