"""An API server that is asked for its version: whether it answers, and what it says of itself."""

import structlog

from bot.adapters.connection import Connection
from bot.adapters.kube import server_version
from bot.adapters.kube_api import ReadError
from bot.core.snapshot import Gap
from bot.errors import BotError, ClusterError, UnauthorizedError

_log = structlog.get_logger(__name__)


class AskedServer:
    """What the server of a connection said when it was asked last; one thread asks, any number look.

    Attributes:
        cluster: what the kubeconfig or the settings call the cluster, None where they do not.
        host: scheme, name and port; empty before the first login.
        version: what it said last, None where it never did.
        error: why nobody answers, None where somebody does.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = -1
        self.cluster: str | None = None
        self.host = ""
        self.version: str | None = None
        self.error: BotError | None = None
        self._gap: Gap | None = None

    @property
    def gap(self) -> Gap | None:
        """What is missing where it answers and its version was never known."""
        return self._gap if self.version is None else None

    def ask(self) -> bool:
        """Ask for the version; False where nobody answers."""
        try:
            session = self._connection.session()
            if session.number != self._session:  # another cluster
                self._session, self.version = session.number, None
            self.cluster, self.host = session.cluster, session.api.host
            self.version = server_version(session.api)
        except ReadError as error:
            self._gap = Gap("version", error.cause, error.status)
        except Exception as raised:  # noqa: BLE001  whatever it is, the next try may work, and the bot must live
            self._note(raised)
            return False
        else:
            self._gap = None
        self.error = None
        return True

    def _note(self, raised: Exception) -> None:
        reason = raised if isinstance(raised, BotError) else ClusterError("read-broke")
        if reason is not raised:
            _log.error("login or version broke", exc_info=raised)
        if isinstance(reason, UnauthorizedError):
            self._connection.refused()
        if self.error is None or self.error.key != reason.key:
            _log.warning("cluster not reached", error=reason.key, values=dict(reason.values))
        self.error = reason
