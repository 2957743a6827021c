"""Image references taken apart, and those that are Docker by their name (facts 4.2, rows 18, 19)."""

import re

_DIND = re.compile(r"(?:^|[-_.])dind(?:$|[-_.])")
_CLI = re.compile(r"(?:^|[-_.])docker-cli$")


def split_image(image: str) -> tuple[str, str]:
    """Return (repository, tag) of an image reference; the tag is empty for a digest or when left out."""
    image = image.partition("@")[0]
    repository, colon, tag = image.rpartition(":")
    if not colon or "/" in tag:  # the colon of registry:port
        return image, ""
    return repository, tag


def is_daemon_image(image: str) -> bool:
    """Whether an image runs a Docker daemon of its own: the word dind in its name, or in the tag of docker or a runner.

    ``*-dind`` by a word of its own: ``mydind`` may be anything.
    """
    if "dind" not in image:
        return False
    repository, tag = split_image(image)
    name = repository.rpartition("/")[2]
    if _DIND.search(name):
        return True
    return (name == "docker" or "runner" in name) and _DIND.search(tag) is not None


def is_cli_image(image: str) -> bool:
    """Whether an image is there to run Docker's command line: ``docker:<version>`` and ``*-docker-cli``."""
    if "docker" not in image or is_daemon_image(image):
        return False
    name = split_image(image)[0].rpartition("/")[2]
    return name == "docker" or _CLI.search(name) is not None
