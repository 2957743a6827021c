"""The arguments of the command line; a wrong call ends here, with exit code 2."""

import argparse
from collections.abc import Sequence

FAIL_ON = ("blocker", "degraded", "review", "never")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the parsed arguments; prints usage and exits with 2 on a wrong call."""
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    words = [word for word in rest if not word.startswith("-") or word == "-"]
    if len(words) != len(rest) or (words and arguments.command != "ask"):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if arguments.command == "ask":
        # argparse takes the words of a question in one piece only; options may stand between them.
        arguments.text = [*arguments.text, *words]
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="unshim",
        description="Says which nodes of a Kubernetes cluster still run Docker, what would break, and who has to act.",
        epilog="Exit codes: 0 fine, 1 found at or above --fail-on (check: something is missing), 2 wrong usage or "
        "settings, 3 the cluster, Slack or the database could not be reached, 4 answered on partial coverage (scan "
        "only).",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    source = [_source_options(), _output_options()]
    ask = commands.add_parser("ask", parents=source, help="answer a question", allow_abbrev=False)
    ask.add_argument("text", nargs="*", metavar="TEXT", help="a question, such as: status, pods, explain NAME, help")
    ask.add_argument("--json", action="store_true", help="print the answer as JSON (schema unshim.answer/v1)")
    ask.add_argument("--batch", metavar="FILE", help='answer JSON lines {"id","q"}; - for standard input')
    scan = commands.add_parser("scan", parents=source, help="list every finding", allow_abbrev=False)
    scan.add_argument(
        "-o", "--output", choices=("table", "json", "csv", "sarif"), default="table", help="default: table"
    )
    scan.add_argument(
        "-f",
        "--file",
        nargs="+",
        action="extend",
        metavar="PATH",
        help="judge manifests before they ship, instead of a cluster: files, folders (*.yaml, *.yml, *.json), - for "
        "stdin; rendered, say by helm template or kustomize build",
    )
    scan.add_argument("-n", "--namespace", metavar="NAMESPACE", help="only workloads of this namespace")
    scan.add_argument("--fail-on", choices=FAIL_ON, default="blocker", help="exit 1 from this severity on")
    scan.add_argument(
        "--exceptions", metavar="FILE", help="accepted findings, as exported (YAML); they do not count for --fail-on"
    )
    commands.add_parser(
        "check",
        parents=source,
        help="what is missing to read the cluster, to work in Slack and to keep things, and how to mend it",
        allow_abbrev=False,
    )
    commands.add_parser("serve", parents=source, help="run the bot in Slack", allow_abbrev=False)
    manifest = commands.add_parser(
        "manifest", parents=[_output_options()], help="print the Slack app as a manifest", allow_abbrev=False
    )
    manifest.add_argument("--name", metavar="NAME", help="name of the app; two of them may share a workspace")
    manifest.add_argument(
        "--history", action="store_true", help="ask to read channels, to find a post again whose answer got lost"
    )
    manifest.add_argument(
        "--files", action="store_true", help="ask to read files, to check manifests that are attached to a message"
    )
    manifest.add_argument("--url", metavar="URL", help="HTTP mode: where Slack reaches the bot, as https://HOST")
    questions = commands.add_parser(
        "questions",
        parents=[_output_options()],
        help="list what people asked without getting an answer, or voted down",
        allow_abbrev=False,
    )
    questions.add_argument("--order", choices=("frequent", "newest"), default="frequent", help="default: frequent")
    questions.add_argument("--limit", metavar="N", default="20", help="most questions listed; default: 20")
    questions.add_argument("--json", action="store_true", help="print them as JSON (schema unshim.questions/v1)")
    forget = commands.add_parser(
        "forget", parents=[_output_options()], help="remove what the bot has kept of a person", allow_abbrev=False
    )
    forget.add_argument("user", metavar="USER", help="Slack user id, such as U0123456789")
    database = commands.add_parser("db", help="look after the database", allow_abbrev=False)
    actions = database.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser(
        "upgrade",
        parents=[_output_options()],
        help="bring its tables up to date; serve does that itself when it starts",
        allow_abbrev=False,
    )
    exceptions = commands.add_parser("exceptions", help="accepted findings, as the bot keeps them", allow_abbrev=False)
    actions = exceptions.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", parents=[_output_options()], help="list them", allow_abbrev=False)
    actions.add_parser("export", parents=[_output_options()], help="print them as YAML", allow_abbrev=False)
    importing = actions.add_parser(
        "import", parents=[_output_options()], help="keep those of a YAML file, all or none", allow_abbrev=False
    )
    importing.add_argument("file", metavar="FILE", help="as exported; - for standard input")
    return parser


def _source_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    group = options.add_argument_group("cluster")
    group.add_argument("--kubeconfig", metavar="FILE", help="kubeconfig to log in with")
    group.add_argument("--context", metavar="NAME", help="context of the kubeconfig")
    group.add_argument("--snapshot", metavar="FILE", help="read a dump (kubectl get … -A -o json); - for stdin")
    group.add_argument("--demo", action="store_true", help="read the fictional cluster shipped with the program")
    group.add_argument("--as-of", metavar="TIME", help="with --snapshot, --demo or scan -f: when it was, as ISO 8601")
    group.add_argument("--cluster-version", metavar="VERSION", help="with --snapshot: version of the API server")
    return options


def _output_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    other = options.add_argument_group("output")
    other.add_argument("--lang", choices=("en", "ko", "auto"), help="language of answers; auto: the question's")
    other.add_argument("--debug", action="store_true", help="show the traceback of an internal error")
    return options
