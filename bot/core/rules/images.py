"""Images: references taken apart, parsers known by them (facts 4.2, rows 6 and 18)."""

from dataclasses import dataclass

from bot.core.versions import parse


@dataclass(frozen=True, slots=True)
class LogParser:
    """An image whose shipped configuration reads CRI log lines, from a version on (None: every version)."""

    image: str
    since: str | None


def is_parser(image: str, parser: LogParser) -> bool:
    """Whether an image is one that reads CRI log lines."""
    repository, tag = split_image(image)
    if repository.rpartition("/")[2] != parser.image:
        return False
    if parser.since is None:
        return True
    deployed, needed = parse(tag), parse(parser.since)
    return deployed is not None and needed is not None and deployed >= needed


def split_image(image: str) -> tuple[str, str]:
    """Return (repository, tag) of an image reference; the tag is empty for a digest or when left out."""
    image = image.partition("@")[0]
    repository, colon, tag = image.rpartition(":")
    if not colon or "/" in tag:  # the colon of registry:port
        return image, ""
    return repository, tag
