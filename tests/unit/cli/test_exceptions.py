"""``unshim exceptions`` on a real file, and a scan with a file of them."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.adapters.exceptions_file import dump, read
from bot.app import load_settings
from bot.app.store import open_acceptances, open_store
from bot.core.exceptions import Acceptance, fingerprint
from bot.core.rules import RULES
from bot.core.view import ClusterView
from tests.factories import make_deployment, make_node
from tests.unit.cli.program import Result, run
from tests.unit.clusters import AS_OF, dump_of, named, view_of

SOCKET, DATA = {"/var/run/docker.sock": "/s"}, {"/var/lib/docker": "/d"}
CODES = [rule.code for rule in RULES]
TODAY = datetime.now(UTC).date()


def accepted(view: ClusterView, name: str = "web", code: str = "docker-socket") -> Acceptance:
    workload = named(view, name)
    seen = fingerprint(workload, code)
    assert seen is not None
    until = datetime.now(UTC).date() + timedelta(days=30)
    return Acceptance(workload.key, code, "vendor fix", "U0ALICE", until, AS_OF, seen)


WEB = accepted(view_of(make_deployment("web", host_paths=SOCKET)))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Return the path of a database as a bot leaves it."""
    open_store(load_settings()).close()
    return tmp_path / "unshim.db"


def file(path: Path, *given: Acceptance) -> str:
    path.write_text(dump(given, AS_OF), encoding="utf-8")
    return str(path)


def rows() -> list[Acceptance]:
    opened = open_acceptances(load_settings())
    try:
        return list(opened.accepted())
    finally:
        opened.close()


def test_they_are_imported_listed_and_exported(kept: Path, tmp_path: Path) -> None:
    assert "There are no exceptions" in run("exceptions", "list").out
    given = file(tmp_path / "x.yaml", WEB, replace(WEB, code="docker-data"))
    result = run("exceptions", "import", given)
    assert (result.code, result.err) == (0, "")
    assert result.out == "2 exceptions are kept in unshim.db.\n"
    assert len(rows()) == 2
    listed = run("exceptions", "list").out
    assert "default/Deployment/web  docker-socket" in listed
    exported = run("exceptions", "export").out
    again = tmp_path / "again.yaml"
    again.write_text(exported, encoding="utf-8")
    assert read(str(again), CODES, TODAY) == read(given, CODES, TODAY)
    assert "2 of them took the place of others." in run("exceptions", "import", str(again)).out
    assert "예외 2개" in run("exceptions", "list", "--lang", "ko").out


def test_what_expired_is_not_taken_over_and_named(kept: Path, tmp_path: Path) -> None:
    old = replace(WEB, code="docker-data", until=date(2026, 1, 1))
    given = file(tmp_path / "x.yaml", old, WEB)
    result = run("exceptions", "import", given)
    assert (result.code, result.out) == (0, "1 exception is kept in unshim.db.\n")
    assert result.err == (
        "Not taken over, entry 1 of the file: docker-data of default/Deployment/web: "
        "expired, 2026-01-01 was its last day\n"
    )
    assert [each.code for each in rows()] == ["docker-socket"]
    result = run("exceptions", "import", file(tmp_path / "y.yaml", old), "--lang", "ko")
    assert "가져오지 않음, 파일의 1번째 항목: default/Deployment/web의 docker-data, 만료됨" in result.err
    assert "0개" in result.out


def test_a_day_too_far_ahead_is_refused_and_nothing_taken(kept: Path, tmp_path: Path) -> None:
    late = replace(WEB, code="docker-data", until=TODAY + timedelta(days=367))
    result = run("exceptions", "import", file(tmp_path / "x.yaml", late, WEB))
    assert (result.code, result.out) == (2, "")
    assert f"entry 1, until: {late.until} is too far ahead; {TODAY + timedelta(days=366)} is the last day" in result.err
    assert rows() == []


def test_nothing_is_half_imported(kept: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    text = dump((WEB, replace(WEB, code="docker-data")), AS_OF)
    path.write_text(text.replace("code: docker-socket", "code: docker-sock"), encoding="utf-8")
    result = run("exceptions", "import", str(path))
    assert (result.code, result.out) == (2, "")
    assert "entry 2, code: there is no rule docker-sock. Near: docker-socket" in result.err
    assert rows() == []


def test_without_a_database_nothing_is_made(tmp_path: Path) -> None:
    for words in (["list"], ["export"], ["import", file(tmp_path / "x.yaml", WEB)]):
        result = run("exceptions", *words)
        assert result.code == 2
        assert "unshim.db" in result.err
        assert "unshim db upgrade" in result.err
    assert not (tmp_path / "unshim.db").exists()


def test_a_wrong_call_says_how_it_goes() -> None:
    for words in ([], ["import"], ["remove"]):
        assert run("exceptions", *words).code == 2


class TestScan:
    """A scan of a dump with exceptions of a file."""

    @pytest.fixture
    def dump_file(self, tmp_path: Path) -> Path:
        return tmp_path / "dump.json"

    def scan(self, dump_file: Path, *words: str, **paths: dict[str, str]) -> Result:
        objects = [make_node("n1"), *(make_deployment(name, host_paths=found) for name, found in paths.items())]
        dump_file.write_bytes(dump_of(*objects))
        return run("scan", "--snapshot", str(dump_file), *words)

    def test_what_is_accepted_does_not_fail_it(self, dump_file: Path, tmp_path: Path) -> None:
        given = file(tmp_path / "x.yaml", WEB)
        assert self.scan(dump_file, web=SOCKET).code == 1
        result = self.scan(dump_file, "--exceptions", given, web=SOCKET)
        assert result.code == 4  # a dump lacks kinds
        assert result.err == ""
        assert "1 excepted: default/web" in result.out.splitlines()[0]
        assert self.scan(dump_file, "--exceptions", given, web=SOCKET, other=SOCKET).code == 1

    def test_another_finding_of_the_workload_counts(self, dump_file: Path, tmp_path: Path) -> None:
        given = file(tmp_path / "x.yaml", WEB)
        both = {**SOCKET, **DATA}
        assert self.scan(dump_file, "--exceptions", given, web=both).code == 4
        assert self.scan(dump_file, "--exceptions", given, "--fail-on", "degraded", web=both).code == 1

    @pytest.mark.parametrize(("language", "says"), [("en", "excepted, blocker"), ("ko", "예외(중단 위험)")])
    def test_of_manifests_each_block_says_why_who_and_until(self, tmp_path: Path, language: str, says: str) -> None:
        manifest = tmp_path / "web.json"
        manifest.write_text(json.dumps(make_deployment("web", host_paths={**SOCKET, **DATA})), encoding="utf-8")
        words = ("scan", "-f", str(manifest), "--lang", language, "--exceptions", file(tmp_path / "x.yaml", WEB))
        result = run(*words)
        day = WEB.until.isoformat()
        assert f"{says})" not in result.out
        assert day in result.out
        assert "U0ALICE: vendor fix" in result.out
        manifest.write_text(json.dumps(make_deployment("web", host_paths=SOCKET)), encoding="utf-8")
        whole = run(*words)
        assert f"({says}" in next(line for line in whole.out.splitlines() if "default/Deployment/web" in line)
        assert whole.out.count(day) == 2
        assert "U0ALICE: vendor fix" in whole.out

    def test_the_json_says_it(self, dump_file: Path, tmp_path: Path) -> None:
        given = file(tmp_path / "x.yaml", WEB)
        data = json.loads(self.scan(dump_file, "--exceptions", given, "-o", "json", web=SOCKET).out)
        (web,) = data["workloads"]
        assert (web["excepted"], web["severity"]) == (True, "blocker")
        assert web["findings"][0]["excepted"] == {
            "reason": "vendor fix",
            "by": "U0ALICE",
            "until": WEB.until.isoformat(),
        }
        assert ",true," in self.scan(dump_file, "--exceptions", given, "-o", "csv", web=SOCKET).out

    @pytest.mark.parametrize(
        ("one", "why"),
        [
            (replace(WEB, until=date(2026, 1, 1)), "expired, 2026-01-01 was its last day"),
            (replace(WEB, fingerprint="v1:" + "f" * 32), "void: something else is found than was accepted"),
            (
                replace(WEB, voided_at=datetime(2026, 11, 1, tzinfo=UTC)),
                "voided on 2026-11-01: something else is found",
            ),
            (replace(WEB, key=WEB.key._replace(name="gone")), "no such workload is seen; until"),
            (replace(WEB, code="docker-logs"), "no such finding on it any more; until"),
        ],
    )
    def test_what_does_not_hold_is_told_and_counts(
        self, dump_file: Path, tmp_path: Path, one: Acceptance, why: str
    ) -> None:
        result = self.scan(dump_file, "--exceptions", file(tmp_path / "x.yaml", one), web=SOCKET)
        assert result.code == 1
        assert why in result.err
        assert f"This exception does not count: {one.code} of default/Deployment/" in result.err

    def test_a_file_that_cannot_be_used_ends_it(self, dump_file: Path, tmp_path: Path) -> None:
        result = self.scan(dump_file, "--exceptions", str(tmp_path / "none.yaml"), web=SOCKET)
        assert (result.code, result.out) == (2, "")
        assert "cannot be read" in result.err
