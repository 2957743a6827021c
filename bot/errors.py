"""Every error a person can meet, as types; it knows no library and imports nothing.

    BotError
    ├── UsageError              the call or a setting is wrong: exit 2
    │   ├── SettingsError       a setting is missing or invalid
    │   └── SnapshotError       a snapshot file cannot be used
    ├── ClusterError            the cluster could not be read: exit 3
    │   ├── LoginError          no kubeconfig, wrong context, exec plugin missing or failing
    │   ├── UnauthorizedError   401: the credentials were refused
    │   └── UnreachableError    refused, timed out, TLS, or every LIST failed
    ├── StoreError              the database could not be opened, read or written: exit 3
    └── SlackError              Slack could not be reached or refused a call: exit 3
        ├── SlackRefusedError   Slack answered with an error: not in the channel, archived, missing scope, …
        ├── SlackTokenError     a token or the signing secret is refused or missing: exit 2
        └── ExpiredUrlError     the response_url of an interaction is used up or too old

An error carries a key of the message catalogue and its values, never a finished sentence: the same
error is shown in English and Korean, and its values pass through the one escaping path.
"""

from collections.abc import Mapping


class BotError(Exception):
    """Base of all errors shown to a person.

    Args:
        key: entry of the message catalogue below ``error.``.
        values: what the entry's placeholders stand for; treated as untrusted text.
    """

    exit_code = 2

    def __init__(self, key: str, **values: str | int) -> None:
        super().__init__(key, dict(values))
        self.key = key
        self.values: Mapping[str, str | int] = values

    @property
    def told_key(self) -> str:
        """Entry below ``error-slack.`` for those who ask in Slack, where there is one: they do not run the program."""
        return self.key


class UsageError(BotError):
    """The call is wrong; running it again unchanged cannot help."""


class SettingsError(UsageError):
    """A setting is missing or invalid. Its value is never part of the message."""


class SnapshotError(UsageError):
    """A snapshot file is missing, not JSON, truncated, empty, or holds no Kubernetes list."""


class ClusterError(BotError):
    """The cluster could not be read at all; a partly read cluster is a gap, not an error."""

    exit_code = 3


class LoginError(ClusterError):
    """No usable credentials: kubeconfig, context, or exec plugin."""

    @property
    def told_key(self) -> str:
        """One sentence for all of them."""
        return "login"


class UnauthorizedError(ClusterError):
    """The API server answered 401."""


class UnreachableError(ClusterError):
    """The API server did not answer, or answered no LIST."""


class StoreError(BotError):
    """The database did not do what was asked; what it held before is still there."""

    exit_code = 3


class SlackError(BotError):
    """Slack did not answer, or not in a way that can be used."""

    exit_code = 3


class SlackRefusedError(SlackError):
    """Slack refused a call."""

    @property
    def code(self) -> str:
        """Slack's own name of the error, empty when there is none."""
        return str(self.values.get("code", ""))


class SlackTokenError(SlackRefusedError):
    """A token is refused: waiting cannot help."""

    exit_code = 2


class ExpiredUrlError(SlackError):
    """A response_url can be used five times within 30 minutes; this one is past that."""
