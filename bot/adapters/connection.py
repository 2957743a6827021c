"""The login to a cluster, held and renewed: rotated tokens and a changed kubeconfig are picked up."""

import threading
import time
from collections.abc import Callable

import structlog
from msgspec import Struct

from bot.adapters.kube_api import Api
from bot.errors import LoginError

#: A login is used for so long: a kubeconfig may be changed, and an exec plugin's token run out, at any time.
RENEW_SECONDS = 60.0

#: After a refused login the next is made at once, but not more often than this.
REFUSED_SECONDS = 2.0

_log = structlog.get_logger(__name__)


class Session(Struct, frozen=True):
    """A login.

    Args:
        cluster: what the kubeconfig or the settings call it, None where they do not.
        number: another one where it leads to another cluster: a resourceVersion of one means nothing in the other.
    """

    api: Api
    cluster: str | None
    number: int


class Connection:
    """Gives the session of now to any number of threads.

    Args:
        connect: logs in; raises LoginError. It reads files and may run a program, and is called once a minute.
    """

    def __init__(self, connect: Callable[[], tuple[Api, str | None]], renew_seconds: float = RENEW_SECONDS) -> None:
        self._connect = connect
        self._renew_seconds = renew_seconds
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._made = 0.0

    def session(self) -> Session:
        """Return the session, a new one where it is due.

        Raises: LoginError: there is none, nor can one be made; while there is one, it is used on.
        """
        with self._lock:
            if self._session is None or time.monotonic() - self._made >= self._renew_seconds:
                self._make()
            assert self._session is not None
            return self._session

    def refused(self) -> None:
        """Note that the server did not accept it: the next session is a new one."""
        with self._lock:
            if self._session is not None and time.monotonic() - self._made >= REFUSED_SECONDS:
                self._made = time.monotonic() - self._renew_seconds

    def _make(self) -> None:
        before = self._session
        try:
            api, cluster = self._connect()
        except LoginError as error:
            if before is None:
                raise
            _log.warning("login not renewed", error=error.key)
            self._made = time.monotonic()
            return
        except Exception as error:
            # The kubernetes package lets through what a plugin, or the issuer of a token, may raise.
            self._made = time.monotonic()
            if before is None:
                raise
            _log.warning("login not renewed", error=type(error).__name__)
            return
        number = before.number if before else 0
        if before is not None and (before.api.host, before.cluster) != (api.host, cluster):
            number += 1
            _log.info("another cluster", host=api.host)
        self._session = Session(api, cluster, number)
        self._made = time.monotonic()
