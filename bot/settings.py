"""Settings: one frozen class, read once from the environment and ``.env``; the only reader of the environment."""

import re
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


#: A list in one variable, separated by commas.
Keys = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]

#: Each namespace that is read for itself takes nine watches, each a thread and a connection: 30 of them took 27 MiB
#: more than the same objects of a whole cluster, and 5 seconds to the first view (measured 2026-11-30).
NAMESPACES = 30

#: A DNS label (RFC 1123), as Kubernetes wants the names of namespaces.
_Namespace = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
_TeamId = Annotated[str, StringConstraints(pattern=r"^[TE][A-Z0-9]{2,}$")]
_ChannelId = Annotated[str, StringConstraints(pattern=r"^[CGD][A-Z0-9]{2,}$")]
_UserId = Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{2,}$")]
_AdminId = Annotated[str, StringConstraints(pattern=r"^[UWS][A-Z0-9]{2,}$")]
_PlaceId = Annotated[str, StringConstraints(pattern=r"^[CGDUW][A-Z0-9]{2,}$")]
TeamIds = Annotated[tuple[_TeamId, ...], NoDecode, BeforeValidator(_split)]
Namespaces = Annotated[tuple[_Namespace, ...], NoDecode, BeforeValidator(_split), Field(max_length=NAMESPACES)]
ChannelIds = Annotated[tuple[_ChannelId, ...], NoDecode, BeforeValidator(_split)]
UserIds = Annotated[tuple[_UserId, ...], NoDecode, BeforeValidator(_split)]
AdminIds = Annotated[tuple[_AdminId, ...], NoDecode, BeforeValidator(_split)]


def _split_pairs(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    pairs = tuple(
        tuple(word.strip() for word in part.rpartition("=")[::2]) for part in value.split(",") if part.strip()
    )
    if any(not owner for owner, _ in pairs):
        raise ValueError("an owner or a channel is missing")
    return pairs


#: ``team-a=C0123,team-b=U0456``: a name may hold ``=``, an id may not.
OwnerChannels = Annotated[tuple[tuple[str, _PlaceId], ...], NoDecode, BeforeValidator(_split_pairs)]


def _known_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("no such time zone")
    return value


Zone = Annotated[str, AfterValidator(_known_zone)]

#: A file's path follows ``sqlite:///``; for PostgreSQL both names that people use for it.
_DATABASE = re.compile(r"sqlite:///[^?]+|postgres(?:ql)?(?:\+psycopg)?://\S+")


def _known_database(value: SecretStr) -> SecretStr:
    if not _DATABASE.fullmatch(value.get_secret_value()):
        raise ValueError("neither sqlite:///FILE nor postgresql://…")
    return value


DatabaseUrl = Annotated[SecretStr, AfterValidator(_known_database)]


def variable(name: str) -> str:
    """Return the environment variable of a field, or of the alias an error names."""
    return name.upper() if name.upper().startswith("SLACK_") else f"UNSHIM_{name.upper()}"


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

    slack_bot_token: SecretStr | None = Field(default=None, validation_alias="SLACK_BOT_TOKEN")
    """Bot token (xoxb-…) of the installed Slack app."""

    slack_app_token: SecretStr | None = Field(default=None, validation_alias="SLACK_APP_TOKEN")
    """App-level token (xapp-…) with the scope connections:write; with it the bot uses Socket Mode."""

    slack_signing_secret: SecretStr | None = Field(default=None, validation_alias="SLACK_SIGNING_SECRET")
    """Signing secret of the Slack app; with it and no app token the bot uses HTTP mode."""

    slack_api_url: str = Field(
        default="https://slack.com/api/", validation_alias="SLACK_API_URL", pattern=r"^https?://"
    )
    """Base URL of Slack's Web API; another one for GovSlack and for tests."""

    cluster_name: str | None = None
    """Name of the cluster in answers. Default: the cluster's name in the kubeconfig."""

    language: Literal["auto", "en", "ko"] = "auto"
    """Language of answers; auto: Korean where the question or the asker's Slack is Korean, else English."""

    namespaces: Namespaces = ()
    """Namespaces to read, 30 at most, where the bot may not read the whole cluster; empty: the whole cluster."""

    pool_label: str | None = None
    """Node label that names the pool; comes before the built-in keys, and a node without it has no pool."""

    owner_labels: Keys = ("team", "owner")
    """Labels that name a workload's owner, first match wins."""

    owner_annotations: Keys = ("team", "owner")
    """Annotations that name a workload's owner; looked at after the labels."""

    owner_namespace_labels: Keys = ("team", "owner")
    """Namespace labels that name the owner of everything in it; looked at after the annotations."""

    milestones_file: str | None = None
    """TOML file with this cluster's own dates, read again when it changes; deploy/milestones.example.toml is one."""

    request_timeout_seconds: float = Field(default=30.0, gt=0, le=600)
    """Longest wait for a connection to the API server, and for each piece of its answer; of a watch the server is asked
    to end it after so long, 15 s at most, and 5 s of silence more are waited for."""

    page_size: int = Field(default=500, ge=1, le=5000)
    """Objects per page of a LIST; 500 is what kubectl asks for."""

    refresh_seconds: float = Field(default=60.0, ge=0.1, le=3600)
    """Longest pause before what failed is tried again, and between lists of a kind that may be listed and not watched.

    With --snapshot and --demo: pause between two reads of the file.
    """

    stale_seconds: float = Field(default=300.0, gt=0, le=86400)
    """Age from which answers warn and /readyz says no; for so long a kind that cannot be read is shown as it was."""

    allowed_teams: TeamIds = ()
    """Slack workspaces (T…, E…) beside the bot's own whose users may ask; empty: its own only."""

    allowed_channels: ChannelIds = ()
    """Slack channels (C…, G…) to answer in; those shared with other organisations only when listed here.

    Empty: every channel that is not shared with another organisation.
    """

    allowed_users: UserIds = ()
    """Slack users (U…, W…) who may ask. Empty: everybody in the allowed workspaces, their guests included."""

    admins: AdminIds = ()
    """Slack users (U…, W…) or user groups (S…) who may set own dates and except findings; empty: nobody."""

    timezone: Zone = "UTC"
    """Time zone of digests where nobody chooses one, as in Asia/Seoul."""

    digest_channels: ChannelIds = ()
    """Slack channels (C…, G…, D…) with digests and reminders from the first start on, until somebody turns them off."""

    owner_channels: OwnerChannels = ()
    """Owners and the channels (C…) or people (U…) that get what is theirs: team-a=C0123,team-b=U0456.

    From the first start on, until somebody turns it off; answers name them beside the owner.
    A channel named here must not be named for everything as well.
    """

    @field_validator("owner_channels")
    @classmethod
    def _named_once(cls, value: tuple[tuple[str, str], ...], info: ValidationInfo) -> tuple[tuple[str, str], ...]:
        """Refuse a channel that is to get everything and only what is somebody's."""
        if {place for _, place in value} & set(info.data.get("digest_channels", ())):
            raise ValueError("a channel is named twice")
        return value

    command: str = Field(default="/runtime", pattern=r"^/[a-z0-9_-]{1,31}$")
    """The slash command; another one where two clusters or two apps share a workspace."""

    http_host: str = "0.0.0.0"
    """Address to listen on for health, metrics and, in HTTP mode, Slack."""

    http_port: int = Field(default=8080, ge=0, le=65535)
    """Port of the same; 0 takes a free one and logs it."""

    database_url: DatabaseUrl = SecretStr("sqlite:///unshim.db")
    """Where everything is kept that the bot keeps: sqlite:///FILE (four slashes for an absolute path) or postgresql://….

    An SQLite file belongs on a disk of this machine, never on a network file system.
    """

    feedback_days: int = Field(default=90, ge=0, le=3650)
    """Days for which feedback and unanswered questions are kept; 0: none are, those kept are removed, no buttons."""

    answer_workers: int = Field(default=8, ge=1, le=64)
    """Answers made at the same time."""

    answer_queue: int = Field(default=64, ge=1, le=10000)
    """Questions that may wait for a free worker; beyond that askers are told to try again."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe log lines written."""
