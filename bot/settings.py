"""Settings: one frozen class, read once from the environment and ``.env``; the only reader of the environment."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


#: A list in one variable, separated by commas.
Keys = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """What can be set. Lists are separated by commas; an empty variable counts as not set."""

    model_config = SettingsConfigDict(
        env_prefix="UNSHIM_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",  # .env is shared with the bot's other settings
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    cluster_name: str | None = None
    """Name of the cluster in answers. Default: the cluster's name in the kubeconfig."""

    language: Literal["auto", "en", "ko"] = "auto"
    """Language of answers; auto: that of the question."""

    pool_label: str | None = None
    """Node label that names the pool; comes before the built-in keys, and a node without it has no pool."""

    owner_labels: Keys = ("team", "owner")
    """Labels that name a workload's owner, first match wins."""

    owner_annotations: Keys = ("team", "owner")
    """Annotations that name a workload's owner; looked at after the labels."""

    owner_namespace_labels: Keys = ("team", "owner")
    """Namespace labels that name the owner of everything in it; looked at after the annotations."""

    request_timeout_seconds: float = Field(default=30.0, gt=0, le=600)
    """Longest wait for a connection to the API server, and for each piece of its answer."""

    page_size: int = Field(default=500, ge=1, le=5000)
    """Objects per page of a LIST; 500 is what kubectl asks for."""
