"""``unshim check``: what is needed of the cluster, of Slack and of the database, what is missing, how to mend it.

Where the bot runs beside it, also how its watch is.
"""

import argparse

from bot.app import App
from bot.cli.output import fixed_language, print_document, start, write, write_error
from bot.core.permissions import role
from bot.core.slack_report import SlackReport
from bot.errors import ClusterError, SlackError, SlackTokenError, StoreError
from bot.render.messages import Catalogue
from bot.render.text import plain
from bot.render.views import dates_check, slack_check, store_check, watch_check
from bot.render.views.check import binding, compose, compose_file, role_name
from bot.settings import Settings

MISSING = 1


def run(arguments: argparse.Namespace) -> int:
    """Print every report and return the exit code: 3 out of reach, 2 a refused token, 1 something is missing.

    Raises:
        SnapshotError: the dump cannot be read.
        SettingsError: a setting is invalid.
    """
    app, settings = start(arguments)
    language = fixed_language(arguments, settings) or "en"
    catalogue = app.catalogue(language)
    try:
        codes = [_cluster(app, catalogue)]
        write("\n")
    except ClusterError as error:  # Slack is looked at all the same
        write_error(error, language)
        codes = [error.exit_code]
    codes.append(_watch(app, catalogue))
    if app.own_dates is not None:  # read with the settings: one that cannot be used has ended this already
        print_document(dates_check.compose(app.own_dates.path, len(app.own_dates.current()), catalogue))
        write("\n")
    slack = app.check_slack()
    codes.append(_slack(slack, app, catalogue))
    if slack is not None:  # without Slack there is no bot, and nothing to keep
        codes.append(_store(settings, catalogue))
    return next((code for code in (ClusterError.exit_code, SlackTokenError.exit_code) if code in codes), max(codes))


def _cluster(app: App, catalogue: Catalogue) -> int:
    report = app.check()
    if report is None:  # a file: what is missing is what it does not hold
        print_document(compose_file(app.service.view(), catalogue))
        return 0
    print_document(compose(report, catalogue))
    roles = report.to_grant()
    if roles:
        write("\n" + "\n---\n".join(role(role_name(report, each), each) for each in roles) + "\n\n")
        write("".join(f"{plain(binding(report, each))}\n" for each in roles))
    return MISSING if report.missing else 0


def _watch(app: App, catalogue: Catalogue) -> int:
    report = app.check_watch()
    if report is None:
        return 0
    print_document(watch_check.compose(report, catalogue))
    write("\n")
    return 0 if report.is_fine else MISSING


def _slack(report: SlackReport | None, app: App, catalogue: Catalogue) -> int:
    if report is None:
        print_document(slack_check.compose_unset(catalogue))
        return 0
    losses = {scope.name: scope.loss(catalogue.language) for scope in app.slack_app.scopes}
    print_document(slack_check.compose(report, losses, catalogue))
    if not report.is_answered:
        return SlackError.exit_code
    if report.is_refused:
        return SlackTokenError.exit_code
    return 0 if report.is_fine else MISSING


def _store(settings: Settings, catalogue: Catalogue) -> int:
    from bot.app.store import check_store  # imported here: it brings SQLAlchemy with it

    write("\n")
    report = check_store(settings)
    if report is None:
        return 0
    print_document(store_check.compose(report, catalogue))
    if report.problem == "failed":
        return StoreError.exit_code
    # A stopped channel waits for somebody; a post that did not come is over.
    return MISSING if report.problem or report.stopped else 0
