"""Pages of lists and events of watches as slim objects; one bad object never costs the others."""

import re
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Raw, Struct

from bot.adapters import wire
from bot.adapters.fitting import fit, loose
from bot.adapters.partial import is_in_part, with_doubt
from bot.adapters.resources import ANY_LIST, Resource
from bot.adapters.slim import Slimmer
from bot.core.names import bounded
from bot.core.owners import OwnerKeys
from bot.core.pools import PoolTable
from bot.core.snapshot import Cause

#: Buckets of what runs containers: of such an object the rest counts where one field is not as it should be.
_JUDGED = ("controllers", "pods")

#: What msgspec raises on JSON that is none, or not of the type.
NOT_DECODED = (msgspec.DecodeError, UnicodeDecodeError)

#: Nothing that is read is nested deeper; what is, is left out where no decoder follows it any more.
LEVELS = 100

#: A string of JSON, or where a level begins or ends.
_TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)

#: (namespace, name); the namespace is empty where the kind has none.
Name = tuple[str, str]


class Item(Struct, frozen=True):
    """One object.

    Args:
        name: the name "?" where it cannot be read.
        slim: None for an object that is lost.
        cause: MALFORMED where it is lost, PARTLY where it is there in part, None where it is whole.
    """

    name: Name
    slim: Any
    cause: Cause | None = None


class Page(Struct, frozen=True):
    """A page of a list.

    Args:
        objects: slim objects, those in part among them.
        lost: what is lost, or there in part, and which of the two, in their order.
        continue_: token of the next page, None on the last.
        version: resourceVersion of the list, empty where it says none.
    """

    objects: list[Any]
    lost: list[tuple[Name, Cause]]
    continue_: str | None
    version: str


class Type(StrEnum):
    """Types of watch events (k8s.io/apimachinery pkg/watch). UNKNOWN: any other word."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    BOOKMARK = "BOOKMARK"
    ERROR = "ERROR"
    UNKNOWN = "UNKNOWN"


class Event(Struct, frozen=True):
    """An event of a watch.

    Args:
        version: resourceVersion of the object, empty where it says none.
        item: of ADDED, MODIFIED and DELETED; None of the others.
        status: HTTP status of an ERROR, 0 of the others.
        ends_initial: whether it is the bookmark behind the objects of a streaming list.
    """

    type: Type
    version: str = ""
    item: Item | None = None
    status: int = 0
    ends_initial: bool = False


class Decoder:
    """Decodes what the API server sends; equal templates, references and strings are shared among all of it."""

    def __init__(self, owners: OwnerKeys, pools: PoolTable) -> None:
        self.slimmer = Slimmer(owners, pools)

    def page(self, resource: Resource, data: bytes) -> Page:
        """Return a page of a list.

        Raises: msgspec.DecodeError, UnicodeDecodeError: the page is not a JSON list of the kind.
        """
        try:
            return self._page(resource, data)
        except RecursionError:
            return self._page(resource, shallow(data))

    def _page(self, resource: Resource, data: bytes) -> Page:
        try:
            page = resource.page.decode(data)
            _check_kind(resource, page.kind)
            slim, slimmer = resource.slim, self.slimmer
            objects = [slim(slimmer, item) for item in page.items or ()]
        except NOT_DECODED:
            # One object that does not fit fails the whole page: find it, and keep the others.
            return self._item_by_item(resource, data)
        lost = [
            (name_of(item.metadata), Cause.PARTLY)
            for made, item in zip(objects, page.items or (), strict=True)
            if is_in_part(made)
        ]
        meta = page.metadata
        return Page(objects, lost, (meta.continue_ if meta else None) or None, (meta and meta.resource_version) or "")

    def item(self, resource: Resource, raw: Raw) -> Item:
        """Return one object; what runs containers is still judged as far as it decodes. Raises nothing."""
        is_damaged = False
        try:
            decoded = resource.one.decode(raw)
            slim = resource.slim(self.slimmer, decoded)
        except NOT_DECODED:
            is_damaged = True
            try:
                if resource.bucket not in _JUDGED:
                    raise
                fitted, misfits = fit(loose(raw), resource.wire_type)
                decoded = resource.one.decode(msgspec.json.encode(fitted))
                if not decoded.metadata.name:
                    raise msgspec.ValidationError("nobody can tell which it is") from None
                slim = with_doubt(resource.slim(self.slimmer, decoded), misfits)
            except NOT_DECODED:
                return Item(raw_name(raw), None, Cause.MALFORMED)
        return Item(name_of(decoded.metadata), slim, Cause.PARTLY if is_damaged or is_in_part(slim) else None)

    def event(self, resource: Resource, line: bytes) -> Event:
        """Return one event of a watch.

        Raises: msgspec.DecodeError, UnicodeDecodeError: the line is no event, so nobody can tell what was said.
        """
        try:
            return self._event(resource, line)
        except RecursionError:
            return self._event(resource, shallow(line))

    def _event(self, resource: Resource, line: bytes) -> Event:
        try:
            event = resource.event.decode(line)
            type_ = _TYPES[event.type]
            slim = resource.slim(self.slimmer, event.object)
        except (*NOT_DECODED, KeyError):
            return self._odd_event(resource, line)
        meta = event.object.metadata
        item = Item(name_of(meta), slim, Cause.PARTLY if is_in_part(slim) else None)
        return Event(type_, meta.resource_version or "", item)

    def _odd_event(self, resource: Resource, line: bytes) -> Event:
        event = _ANY_EVENT.decode(line)
        try:
            meta = _ABOUT.decode(event.object).metadata or _About()
        except NOT_DECODED:
            meta = _About()
        version = meta.resource_version or ""
        if event.type == Type.BOOKMARK:
            ends = meta.annotations is not None and meta.annotations.get(_INITIAL_END) == "true"
            return Event(Type.BOOKMARK, version, ends_initial=ends)
        if event.type == Type.ERROR:
            try:
                return Event(Type.ERROR, status=_STATUS.decode(event.object).code or 0)
            except NOT_DECODED:
                return Event(Type.ERROR)
        if event.type not in _TYPES:
            return Event(Type.UNKNOWN, version)
        return Event(_TYPES[event.type], version, self.item(resource, event.object))

    def _item_by_item(self, resource: Resource, data: bytes) -> Page:
        page = ANY_LIST.decode(data)
        _check_kind(resource, page.kind)
        items = [self.item(resource, raw) for raw in page.items or ()]
        meta = page.metadata
        return Page(
            objects=[item.slim for item in items if item.slim is not None],
            lost=[(item.name, item.cause) for item in items if item.cause is not None],
            continue_=(meta.continue_ if meta else None) or None,
            version=(meta and meta.resource_version) or "",
        )


class _NameOnly(Struct, gc=False):
    name: str = ""
    namespace: str | None = None


class _Named(Struct, gc=False):
    metadata: _NameOnly | None = None


class _About(Struct, rename="camel", gc=False):
    resource_version: str | None = None
    annotations: dict[str, str] | None = None


class _AboutObject(Struct, gc=False):
    metadata: _About | None = None


class _Status(Struct, gc=False):
    code: int | None = None


class _AnyEvent(Struct, gc=False):
    type: str
    object: Raw


#: Kubernetes API concepts, "Streaming lists" (kubernetes.io, read 2026-11-29).
_INITIAL_END = "k8s.io/initial-events-end"

#: Events that tell of an object.
_TYPES = {type_.value: type_ for type_ in (Type.ADDED, Type.MODIFIED, Type.DELETED)}

_NAMED = msgspec.json.Decoder(_Named)
_ABOUT = msgspec.json.Decoder(_AboutObject)
_STATUS = msgspec.json.Decoder(_Status)
_ANY_EVENT = msgspec.json.Decoder(_AnyEvent)


def shallow(data: bytes) -> bytes:
    """Return JSON with null for what is nested deeper than LEVELS.

    An API server keeps what anybody who may create a pod puts into its managedFields, thousands of levels deep.
    """
    kept: list[bytes] = []
    depth = at = 0
    for token in _TOKENS.finditer(data):
        first = token[0][:1]
        if first in b"{[":
            depth += 1
            if depth == LEVELS + 1:
                kept += (data[at : token.start()], b"null")
        elif first in b"}]":
            if depth == LEVELS + 1:
                at = token.end()
            depth -= 1
    if depth <= LEVELS:
        kept.append(data[at:])
    return b"".join(kept)


def raw_name(raw: Raw) -> Name:
    """Return the name of an object that did not decode."""
    try:
        meta = _NAMED.decode(raw).metadata or _NameOnly()
    except NOT_DECODED:
        return ("", "?")
    return (bounded(meta.namespace or ""), bounded(meta.name) or "?")


def name_of(meta: wire.WireMeta) -> Name:
    """Return the name in some metadata, as the slim object has it."""
    return (bounded(meta.namespace or ""), bounded(meta.name) or "?")


def _check_kind(resource: Resource, kind: str) -> None:
    if kind != f"{resource.kind}List":
        raise msgspec.DecodeError(f"expected a {resource.kind}List")
