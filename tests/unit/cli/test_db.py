"""``unshim db upgrade``, on real files."""

from pathlib import Path

import pytest

from tests.unit.cli.kept import ALICE, CAKE, rows, unanswered
from tests.unit.cli.program import run


def test_an_empty_database_gets_its_tables_for_its_owner_alone_and_a_second_time_nothing(tmp_path: Path) -> None:
    result = run("db", "upgrade")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Made the tables of unshim.db (revision 0")
    assert (tmp_path / "unshim.db").stat().st_mode & 0o077 == 0
    again = run("db", "upgrade", "--lang", "ko")
    assert again.code == 0
    assert "unshim.db: 이미 최신입니다" in again.out


def test_one_of_an_earlier_release_is_brought_up_to_date_and_keeps_its_rows(tmp_path: Path) -> None:
    unanswered(CAKE, ALICE)
    path = tmp_path / "unshim.db"
    rows(path, "ALTER TABLE posts DROP COLUMN about")
    rows(path, "ALTER TABLE seen_dates DROP COLUMN checked")
    rows(path, "ALTER TABLE history DROP COLUMN excepted")
    for table in ("exceptions", "nodes_read", "node_records", "node_changes"):
        rows(path, f"DROP TABLE {table}")
    rows(path, "UPDATE alembic_version SET version_num = '0002'")
    result = run("db", "upgrade")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Brought unshim.db up to date, from revision 0002 to 0")
    assert rows(path, "SELECT question FROM unanswered") == [(CAKE,)]
    assert rows(path, "SELECT about FROM posts") == rows(path, "SELECT checked FROM seen_dates") == []
    assert rows(path, "SELECT excepted FROM history") == rows(path, "SELECT code FROM exceptions") == []


def test_what_cannot_be_upgraded_is_told_and_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unanswered(CAKE, ALICE)
    path = tmp_path / "unshim.db"
    rows(path, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    result = run("db", "upgrade")
    assert result.code == 3
    assert "was made by a newer version of Unshim" in result.err
    assert path.read_bytes() == before
    monkeypatch.setenv("UNSHIM_DATABASE_URL", "sqlite:///no/such.db")
    assert run("db", "upgrade").code == 3
    monkeypatch.setenv("UNSHIM_DATABASE_URL", "nonsense")
    assert run("db", "upgrade").code == 2


def test_a_wrong_call_says_how_it_goes() -> None:
    assert run("db").code == 2
    assert run("db", "downgrade").code == 2
