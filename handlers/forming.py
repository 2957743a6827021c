"""Forms, of a channel's settings and of what is put off: opened at once, filled in a moment, saved like any order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from msgspec.structs import replace

from bot.core.forms import applied
from bot.core.orders import Order, Verb
from bot.core.scopes import namespaces, owners
from bot.core.subscription_words import Problem, zones
from bot.core.subscriptions import Subscription
from bot.core.view import ClusterView
from bot.errors import SlackError, SlackRefusedError, StoreError
from bot.render.blocks import Block
from bot.render.digest_form import ACTION, About, instead, loading, options, to_form
from bot.render.document import Command, Document
from bot.render.home import matching
from bot.render.messages import Catalogue
from bot.render.text import plain
from bot.render.views import orders
from handlers.answering import Answering
from handlers.asks import Ask, PutOff, Submitted, Surface
from handlers.excepting import Excepting
from handlers.minding import Minding
from handlers.ordering import Ordering
from handlers.ports import Modals
from handlers.room import Asking, RefusedError

#: Slack's names of: the form was closed meanwhile.
_CLOSED = ("not_found", "view_not_found")

#: A form is judged before anybody looks up what it changes.
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Opened:
    """A form that is open. ``is_filled``: whether it shows anything to read."""

    view_id: str
    is_filled: bool = False


class Forming:
    """Follows orders and forms; what `handlers.desk` asks of both.

    Args:
        view: the newest view, None before the first; waits for nothing.
        command: the slash command that texts name.
    """

    def __init__(
        self,
        answering: Answering,
        ordering: Ordering,
        minding: Minding,
        excepting: Excepting,
        modals: Modals,
        view: Callable[[], ClusterView | None],
        command: str,
    ) -> None:
        self._answering = answering
        self._ordering = ordering
        self._minding = minding
        self._excepting = excepting
        self._modals = modals
        self._view = view
        self._command = command

    def order_in(self, ask: Ask) -> Order | None:
        """Return what an ask orders, None for a question; saving a form of settings turns a digest on."""
        form = ask.form
        if isinstance(form, PutOff):
            return Order(Verb.SNOOZE, target=form.about.milestone, day=form.until, note=form.reason)
        return Order(Verb.ON) if ask.surface is Surface.FORM else self._ordering.order_in(ask)

    @contextmanager
    def opening(self, ask: Ask, language: str) -> Iterator[Opened | None]:
        """Open a form at once, where one is ordered; Slack lets nobody look anything up before.

        In the end it shows something: what was put there, or that there is nothing to show.
        """
        order = self._ordering.order_in(ask) if ask.trigger else None
        if order is None or not order.is_asked_back:
            yield None
            return
        try:
            opened = Opened(self._modals.open(ask.trigger, _loading(order, self._answering.catalogue(language))))
        except SlackError as error:
            _log.warning("form not opened", error=error.key, code=error.values.get("code"))
            yield None
            return
        try:
            yield opened
        finally:
            if not opened.is_filled:
                self._close(opened, language)

    def follow(self, order: Order, asking: Asking, opened: Opened | None) -> str:
        """Follow an order and return the outcome. Raises: SlackError: the asker is not told."""
        form = asking.ask.form
        if isinstance(form, Submitted):
            return self._ordering.guarded(asking, Verb.ON, lambda: self._save(asking, form))
        if opened is not None:
            return self._fill(order, asking, opened)
        if order.verb.is_of_reminders:
            return self._ordering.guarded(asking, order.verb, lambda: self._minding.follow(order, asking))
        if order.verb.is_of_exceptions:
            return self._ordering.guarded(asking, order.verb, lambda: self._excepting.follow(order, asking))
        return self._ordering.follow(order, asking)

    def problems(self, ask: Ask) -> dict[str, str]:
        """Return what is wrong with a form that is saved, by the block of each field; does no I/O."""
        form = ask.form
        if form is None:
            return {}
        catalogue = self._answering.catalogue(form.about.language)
        if isinstance(form, PutOff):
            problems = self._minding.problems(form)
        else:
            _, problems = applied(Subscription(ask.channel, _ANY_TIME), form.values)
        return {field: plain(orders.problem_line(problem, catalogue)) for field, problem in problems.items()}

    def choices(self, action: str, query: str) -> list[Block]:
        """Return what a menu of the form offers for what somebody types there; waits for nothing."""
        view = self._view()
        field = action.removeprefix(ACTION)
        if field == "zone":
            return options(zones(query))
        if view is None:
            return []
        return matching(query, namespaces(view) if field == "namespaces" else owners(view))

    def _fill(self, order: Order, asking: Asking, opened: Opened) -> str:
        try:
            view = self._minding.form(order, asking) if order.verb is Verb.SNOOZE else self._settings(asking)
        except RefusedError as error:
            return self._instead(opened, error.document, asking.language, error.outcome)
        except StoreError as error:
            document = self._ordering.not_kept(error, Verb.OPEN, asking.language)
            return self._instead(opened, document, asking.language, "not-kept")
        self._show(opened, view)
        return "answered"

    def _settings(self, asking: Asking) -> dict[str, Any]:
        """Return the form of a channel's settings. Raises: RefusedError, StoreError."""
        row = self._ordering.found(asking)
        subscription = row.subscription if row is not None else None
        about = About(asking.ask.channel, row.version if row is not None else 0, asking.language)
        catalogue = self._answering.catalogue(asking.language)
        return to_form(subscription or self._ordering.fresh(asking), about, catalogue)

    def _save(self, asking: Asking, form: Submitted) -> str:
        """Raises: RefusedError, StoreError, SlackError."""
        row = self._ordering.found(asking)
        catalogue = self._answering.catalogue(asking.language)
        if (row.version if row is not None else 0) != form.about.version:
            raise RefusedError(orders.told("conflict", catalogue, command=Command("digest show")), "conflict")
        before = row.subscription if row is not None else None
        base = before or self._ordering.fresh(asking)
        after, problems = applied(base, form.values)
        found: Problem | None = next(iter(problems.values()), None)
        if found is not None:
            raise RefusedError(orders.problem(found, catalogue), "wrong")
        after = replace(after, stopped=None, by=base.by or asking.ask.user)
        return self._ordering.keep(asking, row, after, Verb.ON)

    def _instead(self, opened: Opened, document: Document, language: str, outcome: str) -> str:
        self._show(opened, instead(document, self._answering.catalogue(language), "help", self._command))
        return outcome

    def _close(self, opened: Opened, language: str) -> None:
        """Show that there is nothing to show; whatever is in the way of that, the reason was told elsewhere."""
        catalogue = self._answering.catalogue(language)
        try:
            self._show(opened, instead(orders.form_elsewhere(catalogue), catalogue, "help", self._command))
        except SlackError as error:
            _log.warning("form left open", error=error.key, code=error.values.get("code"))

    def _show(self, opened: Opened, view: dict[str, Any]) -> None:
        """Show something in an open form; one that was closed meanwhile needs nothing. Raises: SlackError."""
        opened.is_filled = True
        try:
            self._modals.update(opened.view_id, view)
        except SlackRefusedError as error:
            if error.code not in _CLOSED:
                raise


def _loading(order: Order, catalogue: Catalogue) -> dict[str, Any]:
    return loading(catalogue, "form.snooze-title" if order.verb is Verb.SNOOZE else "form.title")
