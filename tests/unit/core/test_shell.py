"""Shell text and commands in exec form: what they run, where, and what they only say."""

import random
from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.shell import SCRIPT_CHARS, Call, calls, is_cut, script_calls

#: Pieces that mean something to a shell: random texts of them reach what random letters do not.
PIECES = (
    "docker", "ps", "echo", "sh", "-c", "sudo", "nsenter", "-t", "1", "-m", "chroot", "/host", "case", "x", "in",
    "esac", ";;", "if", "then", "fi", "for", "do", "done", "function", "f", "()", "eval", "trap", "find", "-exec",
    "cat", "<<EOF", "EOF", "<<-'E'", "E", "<<<", "[[", "]]", "((", "))", "$((", "$(", ")", "(", "{", "}", "${",
    "${x:-", "}", "`", "'", "\"", "\\", "$", "#", "&&", "||", "|", "&", ";", ">", "<(", "2>&1", "\n", "\t", "\r\n",
    "a=b", "a=(", "$a", "$@", "\0", "가", "powershell", "-Command", "cmd", "/c", "env", "-S", "su", "xargs",
    "timeout", "watch", "busybox", "\\\n", "=", "--",
)  # fmt: skip
texts = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
)


def run(found: tuple[Call, ...]) -> list[str]:
    """What runs, as one line a call."""
    return [" ".join([call.program, *call.args]) for call in found]


def docker(text: str) -> list[str]:
    """What a script runs of docker."""
    return [line for line in run(script_calls(text)) if line.split(" ")[0] == "docker"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("docker ps", ["docker ps"], id="a-command"),
        pytest.param("/usr/bin/docker ps", ["docker ps"], id="by-its-path"),
        pytest.param("a;docker ps", ["docker ps"], id="semicolon"),
        pytest.param("a&&docker ps||docker images", ["docker ps", "docker images"], id="and-or"),
        pytest.param("docker ps|grep x & docker info", ["docker ps", "docker info"], id="pipe-and-background"),
        pytest.param("docker run \\\n  -d x", ["docker run -d x"], id="continued-line"),
        pytest.param(
            "docker run \\\r\n -d x\r\ndocker ps\r\n", ["docker run -d x", "docker ps"], id="carriage-returns"
        ),
        pytest.param("'docker' \"ps\" -a", ["docker ps -a"], id="quoted-words"),
        pytest.param("do\\cker p's'", ["docker ps"], id="quotes-inside-a-word"),
        pytest.param("[ -x /x ] || exit 0; docker ps", ["docker ps"], id="exit-behind-or"),
        pytest.param("a && b ||\n # c\n exit 0\ndocker ps", ["docker ps"], id="exit-behind-or-in-the-next-line"),
        pytest.param("[[ -x /x ]] || exit; docker ps", ["docker ps"], id="exit-behind-a-test"),
        pytest.param("((x)) || exit 1; docker ps", ["docker ps"], id="exit-behind-arithmetic"),
        pytest.param("a && { b; exit 0; }; docker ps", ["docker ps"], id="exit-in-a-group"),
        pytest.param("if a; then exit 0; fi; docker ps", ["docker ps"], id="exit-in-an-if"),
        pytest.param("while a; do exit 0; done; docker ps", ["docker ps"], id="exit-in-a-loop"),
        pytest.param("for ((i=0; i<3; i++)); do exit; done; docker ps", ["docker ps"], id="exit-in-a-for"),
        pytest.param("case $1 in a) exit 0;; esac; docker ps", ["docker ps"], id="exit-in-a-case"),
        pytest.param("function f { exit 1; }\ndocker ps", ["docker ps"], id="exit-in-a-function"),
        pytest.param("f() ( exit 1 )\ndocker ps", ["docker ps"], id="exit-in-a-function-of-a-subshell"),
        pytest.param("(exit 1); x=$(exit 1); docker ps", ["docker ps"], id="exit-in-a-subshell"),
        pytest.param("exit 0 | a; exit 0 & docker ps", ["docker ps"], id="exit-of-another-process"),
        pytest.param("fi; if a; then exit 0; fi; docker ps", ["docker ps"], id="exit-behind-a-stray-fi"),
        pytest.param("exec sleep 1\ndocker ps", [], id="exec"),
        pytest.param("exec sleep 1; docker ps", [], id="exec-in-a-line"),
        pytest.param("exec /app -x >/log 2>&1\ndocker ps", [], id="exec-written-away"),
        pytest.param("exec /app <<E\nx\nE\ndocker ps", [], id="exec-fed"),
        pytest.param("exec xargs docker <<E\nps\nE\n", ["docker"], id="exec-of-what-it-runs"),
        pytest.param("exec 2>&1; exec >/log\nexec 3<>/x\ndocker ps", ["docker ps"], id="exec-of-nothing"),
        pytest.param("exec 3>&-; exec {f}>/x; docker ps", ["docker ps"], id="exec-closes"),
        pytest.param('exec "$@"\ndocker ps', ["docker ps"], id="exec-of-what-may-be-nothing"),
        pytest.param("a && exec b; [ x ] || exec c\ndocker ps", ["docker ps"], id="exec-behind-and"),
        pytest.param("if a; then exec b; fi; docker ps", ["docker ps"], id="exec-in-an-if"),
        pytest.param("(exec a); exec b & docker ps", ["docker ps"], id="exec-in-another-process"),
        pytest.param(
            "crontab - <<E\n0 1 * * * exec a\n0 2 * * * docker ps\nE\n", ["docker ps"], id="exec-of-another-job"
        ),
        pytest.param("exec() { :; }\nexec a\ndocker ps", ["docker ps"], id="exec-of-its-own"),
        pytest.param("exec bash\ndocker ps", ["docker ps"], id="exec-of-a-shell-that-reads-on"),
        pytest.param("exec chroot /host\ndocker ps", ["docker ps"], id="exec-of-a-shell-in-a-root"),
        pytest.param("coproc exit 0; docker ps", ["docker ps"], id="exit-of-a-coprocess"),
        pytest.param("echo 'exit 0' | sh; sh -c 'exit 0'; docker ps", ["docker ps"], id="exit-of-another-shell"),
        pytest.param("exit() { :; }\nexit 0\ndocker ps", ["docker ps"], id="exit-of-its-own"),
        pytest.param(
            "crontab - <<E\n0 1 * * * a; exit 0\n0 2 * * * docker ps\nE\n", ["docker ps"], id="exit-of-another-job"
        ),
        pytest.param("trap 'docker ps' EXIT; exit 0", ["docker ps"], id="what-an-exit-runs"),
        pytest.param("docker run 'a;b' \"c && d\"", ["docker run a;b c && d"], id="separators-in-quotes"),
        pytest.param("docker ps>/dev/null 2>&1 </dev/null", ["docker ps"], id="redirections"),
        pytest.param("docker ps &>/x && docker info >|y", ["docker ps", "docker info"], id="bash-redirections"),
        pytest.param("x=$(docker ps -q)", ["docker ps -q"], id="assigned-substitution"),
        pytest.param('echo "$(docker ps | wc -l) left"', ["docker ps"], id="substitution-in-quotes"),
        pytest.param("echo `docker ps` `echo \\`docker info\\``", ["docker ps", "docker info"], id="backticks"),
        pytest.param("a $(b $(docker ps))", ["docker ps"], id="nested-substitution"),
        pytest.param('a "${x:-$(docker ps)}"', ["docker ps"], id="substitution-as-a-default"),
        pytest.param(
            "while read x; do docker rm $x; done < <(docker ps -q)", ["docker rm $x", "docker ps -q"], id="loop"
        ),
        pytest.param("(cd /x && docker ps)", ["docker ps"], id="subshell"),
        pytest.param("{ docker ps; }", ["docker ps"], id="braces"),
        pytest.param(
            "if ! docker ps; then docker info; else docker images; fi",
            ["docker ps", "docker info", "docker images"],
            id="if",
        ),
        pytest.param("until docker info; do sleep 1; done", ["docker info"], id="until"),
        pytest.param(
            "for i in $(docker ps -q) docker; do docker rm $i; done",
            ["docker ps -q", "docker rm $i", "docker rm docker"],
            id="for",
        ),
        pytest.param("for e in podman docker; do ${e} ps; done", ["docker ps"], id="for-program"),
        pytest.param("select e in podman docker\ndo\n  $e ps\ndone", ["docker ps"], id="select-program"),
        pytest.param("E='docker podman'; for e in $E; do $e ps; done", ["docker ps"], id="for-list-in-a-variable"),
        pytest.param("for c in 'docker ps' 'podman ps'; do $c -a; done", ["docker ps -a"], id="for-command"),
        pytest.param("for e in docker; do x=$($e ps -q); done", ["docker ps -q"], id="for-program-in-a-substitution"),
        pytest.param(
            "for v in ps info; do for o in -a -b; do docker $v $o; done; done",
            ["docker ps -a", "docker ps -b", "docker info -a", "docker info -b"],
            id="for-in-for",
        ),
        pytest.param("for e in docker; do :; done; for e in podman; do $e ps; done", [], id="for-again"),
        pytest.param("for e in docker; do :; done; for e in $(x); do $e ps; done", [], id="for-again-unknown"),
        pytest.param("for e in docker; do :; done; e=podman; $e ps", [], id="for-and-set-again"),
        pytest.param("for e in docker; do echo $e ps; command -v $e; done", [], id="for-and-only-named"),
        pytest.param("for ee in docker; do $e ps; ${e}e ps; done", [], id="for-of-another-name"),
        pytest.param("for ((i=0; i<3; i++)); do docker ps; done", ["docker ps"], id="for-with-arithmetic"),
        pytest.param(
            "case $1 in docker|x) docker ps;; (y) docker rm x ;& *) : ;; esac; docker info",
            ["docker ps", "docker rm x", "docker info"],
            id="case",
        ),
        pytest.param("a=$(case $1 in x) docker ps;; esac); docker info", ["docker ps", "docker info"], id="in-case"),
        pytest.param("f() { docker ps; }\nfunction g { docker info; }", ["docker ps", "docker info"], id="functions"),
        pytest.param("x=$((1 << 2)); docker ps", ["docker ps"], id="a-shift-is-no-here-document"),
        pytest.param("x=$((1 << 2))\n((x = 1 << 2))\ndocker ps", ["docker ps"], id="nor-on-lines-of-their-own"),
        pytest.param("((x = (1 + 2) * 3)) && docker ps", ["docker ps"], id="arithmetic"),
        pytest.param("[[ $a == docker && -S /x ]] && docker ps", ["docker ps"], id="test"),
        pytest.param("[ -S /var/run/docker.sock ] && docker ps", ["docker ps"], id="old-test"),
        pytest.param("sh <<EOF\ndocker ps\nEOF\n", ["docker ps"], id="here-document-for-a-shell"),
        pytest.param("bash -s x <<-'E'\n\tdocker ps $1\n\tE\ndocker info", ["docker ps x", "docker info"], id="here-s"),
        pytest.param("cat <<EOF | sudo bash\ndocker ps\nEOF", ["docker ps"], id="here-document-through-a-pipe"),
        pytest.param("su - x <<EOF\ndocker ps\nEOF", ["docker ps"], id="here-document-for-su"),
        pytest.param("bash <<< 'docker ps'", ["docker ps"], id="here-string"),
        pytest.param("echo 'docker ps' | sh", ["docker ps"], id="echo-into-a-shell"),
        pytest.param("printf 'docker ps\\n' | chroot /host sh -s", ["docker ps"], id="printf-into-a-shell"),
        pytest.param("cat <<EOF >x\n$(docker ps)\nEOF", ["docker ps"], id="what-a-written-document-substitutes"),
        pytest.param("eval \"docker ps\"; eval 'docker' info", ["docker ps", "docker info"], id="eval"),
        pytest.param("trap 'docker stop x' EXIT", ["docker stop x"], id="trap"),
        pytest.param('D=/usr/bin/docker; $D ps; "$D" info', ["docker ps", "docker info"], id="program-in-a-variable"),
        pytest.param("C='docker ps'; $C -a", ["docker ps -a"], id="command-in-a-variable"),
        pytest.param('c=(docker ps); "${c[@]}"', ["docker ps"], id="command-in-an-array"),
        pytest.param("${DOCKER:-docker} ps", ["docker ps"], id="default-of-a-variable"),
        pytest.param("D=$(command -v docker); $D ps; $(which docker) info", ["docker ps", "docker info"], id="which"),
        pytest.param('docker() { /usr/bin/docker -l debug "$@"; }\ndocker ps', ["docker -l debug $@"], id="own"),
        pytest.param("sleep 1 # wait\ndocker ps#1", ["docker ps#1"], id="hash-inside-a-word"),
        pytest.param("docker ps )\n docker info", ["docker ps", "docker info"], id="stray-parenthesis"),
        pytest.param("if docker ps; then docker info", ["docker ps", "docker info"], id="half-an-if"),
    ],
)
def test_a_script_runs(text: str, expected: list[str]) -> None:
    assert sorted(docker(text)) == sorted(expected)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("# docker ps", id="comment"),
        pytest.param("exit 0\ndocker ps", id="behind-an-exit"),
        pytest.param("set -e; if a; then b; fi; exit; docker ps", id="behind-an-exit-behind-an-if"),
        pytest.param("f() { :; }; exit 1 2>/dev/null || docker ps", id="behind-its-or"),
        pytest.param("a && b; exit $?\nx=$(docker ps)", id="behind-an-exit-with-what-was-returned"),
        pytest.param("case a in b) c;; esac; { a; }; (b); exit 0; docker ps", id="behind-an-exit-behind-groups"),
        pytest.param("sleep 1 # docker ps; docker info", id="comment-behind-a-command"),
        pytest.param("echo docker ps; echo 'a; docker ps'", id="echo"),
        pytest.param("printf 'docker ps\\n'", id="printf"),
        pytest.param("grep docker x | grep -v 'docker ps'", id="grep"),
        pytest.param("which docker; command -v docker; type docker; hash docker", id="looking-for-it"),
        pytest.param("alias docker=podman; docker ps", id="alias-of-another-program"),
        pytest.param('docker() { podman "$@"; }; docker ps', id="function-of-its-name"),
        pytest.param("cd /docker; git clone https://x/docker; apt-get install docker-ce-cli", id="names"),
        pytest.param("/opt/docker/bin/app; /docker-entrypoint.sh x; dockerize -wait tcp://db:1", id="paths"),
        pytest.param("skopeo copy docker://a docker://b; kubectl create secret docker-registry x", id="other-tools"),
        pytest.param("cat <<EOF > /x.sh\ndocker ps\nEOF", id="document-written-to-a-file"),
        pytest.param("tee /x.sh <<'EOF'\n$(docker ps)\nEOF", id="quoted-document"),
        pytest.param("cat <<EOF | tee x\ndocker ps\nEOF", id="document-through-a-pipe-to-a-file"),
        pytest.param("python3 <<EOF\ndocker ps\nEOF", id="document-for-another-language"),
        pytest.param("echo '$(docker ps)' '`docker ps`' \\`docker ps\\`", id="quoted-substitutions"),
        pytest.param('echo "\\$(docker ps)"', id="escaped-substitution"),
        pytest.param("ssh node docker ps; kubectl exec x -- docker ps", id="elsewhere"),
        pytest.param("case docker in docker) echo;; docker|x) echo;; esac", id="patterns"),
        pytest.param("for docker in docker ps; do echo; done", id="words-of-a-loop"),
        pytest.param("a=(docker ps)\nb=docker", id="assigned-words"),
        pytest.param("[[ docker == docker && docker -nt x || docker ]]", id="words-of-a-test"),
        pytest.param("#!/usr/bin/env python3\ndocker ps", id="another-language"),
        pytest.param("#!/usr/bin/perl -w\ndocker ps", id="perl"),
        pytest.param('{"auths": {"docker": "docker ps"}}', id="json"),
    ],
)
def test_a_script_only_says(text: str) -> None:
    assert docker(text) == []


@pytest.mark.parametrize(
    "first",
    ["#!/bin/sh -e", "#! /bin/bash", "#!/usr/bin/env bash", "#!/usr/bin/env -S bash -e", "#!/bin/busybox sh", ""],
)
def test_a_shell_in_the_first_line_makes_a_script(first: str) -> None:
    assert docker(f"{first}\ndocker ps") == ["docker ps"]


@pytest.mark.parametrize(
    ("argv", "expected", "index"),
    [
        pytest.param(("docker", "ps"), "docker ps", 0, id="itself"),
        pytest.param(("sh", "-c", "docker ps"), "docker ps", 2, id="sh-c"),
        pytest.param(("/bin/bash", "-ec", "set -x; docker ps"), "docker ps", 2, id="bash-ec"),
        pytest.param(("bash", "-euo", "pipefail", "-c", "docker ps"), "docker ps", 4, id="option-with-a-value"),
        pytest.param(("/bin/sh", "-xc", "--", "docker ps"), "docker ps", 3, id="double-dash"),
        pytest.param(("bash", "--rcfile", "x", "-lc", "docker ps"), "docker ps", 4, id="long-option"),
        pytest.param(("ash", "-c", 'exec "$@"', "--", "docker", "ps"), "docker ps", 2, id="words-handed-over"),
        pytest.param(("dash", "-c", "$0 $1", "docker", "ps"), "docker ps", 2, id="numbered-words"),
        pytest.param(("sudo", "-u", "root", "-E", "docker", "ps"), "docker ps", 4, id="sudo"),
        pytest.param(("env", "-u", "X", "A=b", "docker", "ps"), "docker ps", 4, id="env"),
        pytest.param(("env", "-S", "docker ps", "-a"), "docker ps -a", 2, id="env-split"),
        pytest.param(("timeout", "-k", "5", "30s", "docker", "ps"), "docker ps", 4, id="timeout"),
        pytest.param(("timeout", "-t", "30", "docker", "ps"), "docker ps", 3, id="timeout-of-old-busybox"),
        pytest.param(("nice", "-n", "5", "ionice", "-c3", "docker", "ps"), "docker ps", 5, id="nice"),
        pytest.param(("nohup", "setsid", "exec", "time", "docker", "ps"), "docker ps", 4, id="nohup"),
        pytest.param(("xargs", "-I", "{}", "-P4", "docker", "rm", "{}"), "docker rm {}", 4, id="xargs"),
        pytest.param(("watch", "-n", "5", "docker", "ps"), "docker ps", 3, id="watch"),
        pytest.param(("tini", "-g", "--", "docker", "ps"), "docker ps", 3, id="tini"),
        pytest.param(("dumb-init", "--rewrite", "15:2", "--", "docker", "ps"), "docker ps", 4, id="dumb-init"),
        pytest.param(("catatonit", "--", "docker", "ps"), "docker ps", 2, id="catatonit"),
        pytest.param(("gosu", "root", "docker", "ps"), "docker ps", 2, id="gosu"),
        pytest.param(("su-exec", "0:0", "docker", "ps"), "docker ps", 2, id="su-exec"),
        pytest.param(("su", "-", "root", "-c", "docker ps"), "docker ps", 4, id="su"),
        pytest.param(("flock", "-w", "9", "/x", "docker", "-c", "y", "ps"), "docker -c y ps", 4, id="flock"),
        pytest.param(("flock", "/x", "-c", "docker ps"), "docker ps", 3, id="flock-c"),
        pytest.param(("busybox", "sh", "-c", "docker ps"), "docker ps", 3, id="busybox"),
        pytest.param(("find", "/x", "-exec", "docker", "cp", "{}", ";", "-print"), "docker cp {}", 3, id="find"),
        pytest.param(("/entrypoint.sh", "docker", "ps"), "docker ps", 1, id="entrypoint"),
        pytest.param(("-ec", "docker ps"), "docker ps", 1, id="args-for-the-shell-of-the-image"),
        pytest.param(
            ("powershell.exe", "-NoProfile", "-ExecutionPolicy", "Bypass", "-Command", "Docker PS"),
            "docker PS",
            5,
            id="powershell",
        ),
        pytest.param(
            ("pwsh", "-c", "if ($x) { & 'C:\\Program Files\\Docker\\docker.exe' ps } # docker rm"),
            "docker ps",
            2,
            id="powershell-block",
        ),
        pytest.param(("cmd.exe", "/S", "/C", "cd x && docker ps & rem docker rm"), "docker ps", 3, id="cmd"),
        pytest.param(("cmd", "/c", "if exist x (call docker ps) else echo docker rm"), "docker ps", 2, id="cmd-call"),
        pytest.param((r"C:\Docker\Docker.EXE", "ps"), "docker ps", 0, id="windows-path"),
    ],
)
def test_a_wrapper_runs(argv: tuple[str, ...], expected: str, index: int) -> None:
    found = [call for call in calls(argv) if call.program == "docker"]
    assert run(tuple(found)) == [expected]
    assert found[0].index == index


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(("echo", "docker ps"), id="echo"),
        pytest.param(("sh", "-c", "echo docker ps"), id="echo-in-sh"),
        pytest.param(("sh", "docker", "ps"), id="a-file-for-sh"),
        pytest.param(("ssh", "h", "docker", "ps"), id="ssh"),
        pytest.param(("command", "-v", "docker"), id="command-v"),
        pytest.param(("docker ps",), id="a-program-with-a-blank-in-its-name"),
        pytest.param(("powershell", "-File", "docker", "ps"), id="powershell-file"),
        pytest.param(("powershell", "-Command", "Write-Host 'docker ps; docker ps'"), id="powershell-text"),
        pytest.param(("app", "--message", "run docker ps; docker ps"), id="text-of-a-flag"),
        pytest.param(("-c", "/etc/docker", "docker"), id="args-of-an-image"),
        pytest.param((), id="nothing"),
    ],
)
def test_no_wrapper_runs(argv: tuple[str, ...]) -> None:
    assert [call for call in calls(argv) if call.program == "docker"] == []


def test_what_runs_nothing_stays_a_call_with_its_words() -> None:
    assert calls(("--docker_only", "x")) == (Call("", "", ("--docker_only", "x")),)
    assert run(calls(("sudo", "-i"))) == ["sudo -i"]
    assert run(calls(("sh", "/x.sh", "a"))) == ["sh /x.sh a"]


@pytest.mark.parametrize(
    ("argv", "on_host", "root"),
    [
        pytest.param(("nsenter", "-t", "1", "-m", "-u", "--", "docker", "ps"), True, None, id="nsenter"),
        pytest.param(("nsenter", "--target=1", "--mount", "sh", "-c", "docker ps"), True, None, id="nsenter-long"),
        pytest.param(("nsenter", "-at1", "docker", "ps"), True, None, id="nsenter-cluster"),
        pytest.param(
            ("nsenter", "--mount=/host/proc/1/ns/mnt", "docker", "ps"), True, None, id="namespace-by-its-file"
        ),
        pytest.param(("sh", "-c", "nsenter -t $(pidof kubelet) -m docker ps"), True, None, id="process-of-the-node"),
        pytest.param(("nsenter", "-t", "1", "-n", "docker", "ps"), False, None, id="network-only"),
        pytest.param(("nsenter", "-t", "77", "-m", "docker", "ps"), False, None, id="another-process"),
        pytest.param(("chroot", "/host", "docker", "ps"), True, "/host", id="chroot"),
        pytest.param(
            ("chroot", "--userspec=0", "/rootfs/", "/bin/sh", "-c", "docker ps"), True, "/rootfs/", id="rootfs"
        ),
        pytest.param(("chroot", "/host/proc/1/root", "docker", "ps"), True, "/host/proc/1/root", id="root-of-init"),
        pytest.param(("chroot", "/srv/jail", "docker", "ps"), False, "/srv/jail", id="another-folder"),
        pytest.param(("sh", "-c", "chroot $HOST_ROOT docker ps"), True, "$HOST_ROOT", id="folder-in-a-variable"),
        pytest.param(("sh", "-c", "chroot /host <<E\ndocker ps\nE\n"), True, "/host", id="shell-that-chroot-starts"),
        pytest.param(("docker", "ps"), False, None, id="neither"),
    ],
)
def test_a_call_runs_on_the_host(argv: tuple[str, ...], on_host: bool, root: str | None) -> None:
    (call,) = (call for call in calls(argv) if call.program == "docker")
    assert (call.on_host, call.root) == (on_host, root)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("DOCKER_HOST=a docker ps", "a", id="in-front"),
        pytest.param("export DOCKER_HOST=a; docker ps", "a", id="exported"),
        pytest.param("export DOCKER_HOST=b\nDOCKER_HOST=a docker ps", "a", id="in-front-counts-more"),
        pytest.param("sudo DOCKER_HOST=a docker ps", "a", id="behind-sudo"),
        pytest.param("env DOCKER_HOST='a' sh -c 'docker ps'", "a", id="for-an-inner-shell"),
        pytest.param("IP=a; DOCKER_HOST=${IP} docker ps", "a", id="of-a-variable"),
        pytest.param("DOCKER_HOST=a true; docker ps", None, id="for-another-command"),
        pytest.param("docker ps; export DOCKER_HOST=a", None, id="too-late"),
        pytest.param("# DOCKER_HOST=a\ndocker ps", None, id="in-a-comment"),
    ],
)
def test_variables_are_seen_by_what_runs_behind_them(text: str, expected: str | None) -> None:
    (call,) = (call for call in script_calls(text) if call.program == "docker")
    assert dict(call.environment).get("DOCKER_HOST") == expected


def test_of_a_long_script_the_beginning_is_read() -> None:
    filler = "true\n" * (SCRIPT_CHARS // 5)
    text = f"docker ps\n{filler}docker info\n"
    assert docker(text) == ["docker ps"]
    assert is_cut((text,))
    assert not is_cut(("sh", "-c", "docker ps"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("cat > /t.sh <<'E'\ndocker ps\nE\nsh /t.sh", ["docker ps"], id="here-document"),
        pytest.param(
            "cat <<E >/t.sh\n#!/bin/bash\ndocker ps $1\nE\nchmod +x /t.sh; /t.sh -a", ["docker ps -a"], id="path"
        ),
        pytest.param("echo 'docker ps' > x.sh && exec bash ./x.sh", ["docker ps"], id="relative"),
        pytest.param("echo '#!/bin/sh\\ndocker ps' > /x; /x", ["docker ps"], id="echo-lines"),
        pytest.param("printf '%s\\n' 'docker ps' >/x; . /x", ["docker ps"], id="sourced"),
        pytest.param("echo 'docker ps' | sudo tee /x >/dev/null; sudo sh /x", ["docker ps"], id="tee"),
        pytest.param("echo 'cd /' >/x; echo 'docker ps' >>/x; sh /x", ["docker ps"], id="put-behind"),
        pytest.param("{ echo a; echo docker ps; } > /x; sh /x", ["docker ps"], id="group"),
        pytest.param("( echo a; echo docker ps ) | sh", ["docker ps"], id="group-into-a-shell"),
        pytest.param("f=$(mktemp); echo docker ps >$f; sh $f", ["docker ps"], id="temporary"),
        pytest.param("chroot /host sh -c 'echo docker ps >/x'; chroot /host sh /x", ["docker ps"], id="chroot"),
        pytest.param("echo '@daily docker ps' | crontab -", ["docker ps"], id="crontab"),
        pytest.param("(crontab -l; echo '0 3 * * 0 docker ps') | crontab -", ["docker ps"], id="crontab-and-more"),
        pytest.param("echo '0 3 * * 0 docker ps' > /c; crontab -u root /c", ["docker ps"], id="crontab-of-a-file"),
        pytest.param("echo '0 3 * * 0 root docker ps' > /etc/cron.d/x", ["docker ps"], id="cron-d"),
        pytest.param("printf '#!/bin/sh\\ndocker ps' > /etc/cron.daily/x", ["docker ps"], id="cron-daily"),
        pytest.param("echo docker ps > /x; sh /y; cat /x; chmod +x /x", [], id="not-run"),
        pytest.param("sh /x; echo docker ps > /x", [], id="run-before"),
        pytest.param("echo docker ps > /x; curl http://y >/x; sh /x", [], id="written-over"),
        pytest.param("echo docker ps 2>/x; echo docker ps >&2; sh /x", [], id="other-output"),
        pytest.param("echo docker ps > /dev/null; sh /dev/null", [], id="nowhere"),
        pytest.param("printf '#!/usr/bin/python\\ndocker ps' >/x; /x; python /x", [], id="another-language"),
        pytest.param("echo docker ps > /x; nsenter -t 1 -m sh /x", [], id="a-file-of-the-node"),
        pytest.param("echo '# docker ps' | crontab -; echo docker ps | crontab -", [], id="no-crontab"),
        pytest.param("echo '0 3 * * 0 root docker ps' > /etc/cron.d.bak", [], id="not-crons"),
    ],
)
def test_a_file_that_a_script_writes_and_runs_is_read(text: str, expected: list[str]) -> None:
    assert docker(text) == expected


def test_files_that_run_themselves_end() -> None:
    again = "echo 'docker ps; sh /x; sh /x' > /x; sh /x"
    assert 1 < len(docker(again)) <= 64
    assert len(docker("echo 'docker ps' > /x;" + "sh /x;" * 1000)) == 64
    assert docker("(" * 200 + "echo docker ps" + ") | cat" * 200 + " | sh") == []  # groups in groups are left
    many = "".join(f"echo docker ps > /{number};" for number in range(100))
    assert docker(many + "sh /1; sh /99") == ["docker ps"]


def test_loops_end() -> None:
    opened = "".join(f"for v{number} in {'docker ' * 9}a b c d e f g h i; do " for number in range(200))
    assert len(script_calls(f"{opened} $v1 $v2 $v3 $v4 $v5")) == 8
    many = f"for a in {' '.join('abcdefghi')}; do {'docker $a;' * 5_000} done"
    assert 5_000 < len(script_calls(many)) < 7_000
    assert docker(f"for a in {'x' * 65}; do docker $a; done") == ["docker $a"]


def test_scripts_inside_scripts_end() -> None:
    text = "docker ps"
    for _ in range(12):
        text = "sh -c " + "'" + text.replace("'", "'\\''") + "'"
        if len(text) > SCRIPT_CHARS:
            break
    assert docker("eval " * 9 + "docker ps") == ["docker ps"]
    script_calls(text)
    script_calls("eval " * 10_000 + "docker ps")
    script_calls("$(" * 10_000 + "docker ps")
    calls(("sudo",) * 10_000)


@given(texts)
@example("'")
@example("<<")
@example("cat <<\\")
@example("${")
@example("\\")
@example("a=(")
def test_no_text_raises(text: str) -> None:
    assert all(call.index == 0 for call in script_calls(text))


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=30)), max_size=20))
def test_no_command_raises(argv: list[str]) -> None:
    for call in calls(argv):
        assert 0 <= call.index < len(argv)


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@given(st.lists(words, min_size=1, max_size=6))
def test_quoted_words_come_back_as_they_were(args: list[str]) -> None:
    quoted = " ".join("'" + arg.replace("'", "'\\''") + "'" for arg in args)
    (call,) = script_calls(f"app {quoted}")
    assert call.args == tuple(args)
    (call,) = calls(("sh", "-c", f"app {quoted} # docker ps"))
    assert call.args == tuple(args)


@given(st.lists(words, max_size=6))
def test_a_command_that_is_no_wrapper_is_one_call(args: list[str]) -> None:
    assert calls(("app", *args)) == (Call("app", "app", tuple(args)),)


def test_how_long_the_largest_scripts_take(note: Callable[[str], None]) -> None:
    """Figures only: a timing decides no test."""
    pick = random.Random(1)
    noise = "".join(pick.choice("abc $(){}`'\"\\;|&<>\n#!") for _ in range(SCRIPT_CHARS))
    usual = "if docker ps | grep -q x; then\n  echo 'yes'\nfi\n" * (SCRIPT_CHARS // 48)
    for name, text in (("usual", usual), ("noise", noise), ("brackets", "(" * SCRIPT_CHARS), ("<", "<" * SCRIPT_CHARS)):
        start = process_time()
        script_calls(text)
        note(f"a shell text of 64 KiB, {name}: {(process_time() - start) * 1000:.0f} ms of CPU")
