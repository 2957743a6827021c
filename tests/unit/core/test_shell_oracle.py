"""The reader of shell text against a shell: scripts of every structure run the same commands in both."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.shell import script_calls

#: Writes its words to a file, each before a unit separator, and a record separator behind them.
_STUB = '#!/bin/sh\nprintf "%s\\037" "$@" >>"$RECORD"\nprintf "\\036" >>"$RECORD"\n'

_SIGNS = "ab1=/.-_ ;|&<>(){}[]#*!?~%,:@+^"


def quoted(text: str) -> str:
    """One word for a shell, whatever it holds."""
    return "'" + text.replace("'", "'\\''") + "'"


pieces = st.one_of(
    st.text("ab1/.-_=:,%@+^", min_size=1, max_size=4),
    st.text(_SIGNS + '"$`\\\n', max_size=5).map(lambda text: f"'{text}'"),
    st.text(_SIGNS + "'\n", max_size=5).map(lambda text: f'"{text}"'),
    st.sampled_from(["\\ ", "\\;", "\\$", "\\'", '\\"', "\\\\", "\\|", "\\#", "\\\n", '"\\$x"', '"\\a"', '"\\\n"']),
)
words = st.lists(pieces, min_size=1, max_size=3).map("".join).filter(lambda word: "~" not in word[:1])
simple = st.lists(words, max_size=3).map(lambda args: " ".join(["docker", "x", *args]))
looped = st.one_of(
    words.map(lambda word: f"for d in docker echo; do\n$d x {word}\ndone >/dev/null"),
    words.map(lambda word: f"for a in b 'c d'; do for e in f g; do docker x \"$a\" ${{e}} {word}\ndone; done"),
)
noise = st.sampled_from(
    [
        "echo docker a",
        "true # docker a",
        "x='docker a'",
        "[ docker = docker ]",
        ": $((1 << 2))",
        "{ cat <<'E' >/dev/null\ndocker a\nE\n}",
        "true || exit 3",
        "true ||\n\nexit 3",
        "false && exit 3 || true",
        "if false; then exit 3; fi",
        "while false\ndo exit 3\ndone",
        "for i in; do exit 3; done",
        "case a in b) exit 3;; esac",
        "{ true || { exit 3; }\n}",
        "(exit 3)",
        "( : ; exit 3\n)",
        ": $(exit 3) `exit 3`",
        "exit 3 | cat",
        "true | exit 3",
        "exit 3 & wait",
        "g() { exit 3; }",
        "g()\n(\nexit 3\n)",
        "sh -c 'exit 3'",
        "echo exit 3 >/dev/null",
        "trap 'exit 3' USR1",
    ]
)


def _structures(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def each(form: str) -> st.SearchStrategy[str]:
        return inner.map(lambda text: form.replace("@", text))

    return st.one_of(
        st.tuples(inner, st.sampled_from(["\n", " && ", "; ", "\n# docker a\n", " | cat\n"]), inner).map(_joined),
        each("( @\n)"),
        each("{ @\n}"),
        each("if @\nthen :; else echo docker a; fi"),
        each("if false; then :; else @\nfi"),
        each("for i in docker a; do break; done\nfor i in a; do\n@\ndone"),
        each("while @\ndo break; done"),
        each("case docker in (docker|a) @\n;; *) :;; esac"),
        each("case a in b) :;; a) @\nesac"),
        each("x=$( @\n)"),
        each('echo "a $( @\n) b" >/dev/null'),
        inner.map(lambda text: f"{{ cat <<E{len(text)} >/dev/null\na $( {text}\n)\nE{len(text)}\n}}"),
        inner.map(lambda text: f"{{ sh -s <<'E{len(text)}'\n{text}\nE{len(text)}\n}}"),
        inner.map(
            lambda text: f"cat >\"$RECORD.{len(text)}\" <<'E{len(text)}'\n{text}\nE{len(text)}\nsh $RECORD.{len(text)}"
        ),
        inner.map(lambda text: f"{{ printf '%s\\n' {quoted(text)}\n}} | tee $RECORD.t >/dev/null; . $RECORD.t"),
        each("f() { @\n}\nf"),
        inner.map(lambda text: f"eval {quoted(text)}"),
        inner.map(lambda text: f"sh -c {quoted(text)}"),
        inner.map(lambda text: f"env A=b sh -ec {quoted(text)} a b"),
        inner.map(lambda text: f"command nice -n 1 timeout 9 sh -c {quoted(text)}"),
        inner.map(lambda text: f"printf '%s' {quoted(text)} >/dev/null\n{text}"),
    )


def _joined(parts: tuple[str, str, str]) -> str:
    return "".join(parts)


scripts = st.recursive(st.one_of(simple, looped, noise), _structures, max_leaves=6)


def read(text: str) -> list[tuple[str, ...]]:
    """What the reader finds."""
    return sorted(call.args for call in script_calls(text) if call.path == "docker")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stub")
    (folder / "docker").write_text(_STUB)
    (folder / "docker").chmod(0o700)
    return folder


@given(scripts)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_script_runs_what_a_shell_runs(folder: Path, text: str) -> None:
    assert read(text) == ran(folder, text)


def ran(folder: Path, text: str) -> list[tuple[str, ...]]:
    """What a shell runs."""
    record = folder / "record"
    record.write_text("")
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "RECORD": str(record)}
    subprocess.run(["/bin/sh", "-c", text], env=environment, check=False, capture_output=True, timeout=20)
    return sorted(tuple(words.split("\037")[:-1]) for words in record.read_text().split("\036")[:-1])


@given(scripts, st.sampled_from(["\n", "; ", " && ", " || "]), scripts)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_runs_behind_an_exit_that_is_always_reached(folder: Path, text: str, sign: str, rest: str) -> None:
    whole = f"{text}\nexit 3{sign}{rest}"
    assert read(whole) == read(text) == ran(folder, whole)
