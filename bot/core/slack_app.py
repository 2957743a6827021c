"""Stub."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """Stub."""

    name: str
    is_optional: bool = False

    def loss(self, language: str) -> str:
        """Stub."""
        return ""


@dataclass(frozen=True, slots=True)
class SlackApp:
    """Stub."""

    scopes: tuple[Scope, ...] = ()
