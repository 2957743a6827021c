"""Settings: read once, empty means unset, and a bad value is named but never shown."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings, variable
from tests.factories import make_deployment, make_node
from tests.unit.cli.program import SOCKET, dump, run

NAMES = [
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_API_URL",
    "UNSHIM_CLUSTER_NAME",
    "UNSHIM_LANGUAGE",
    "UNSHIM_NAMESPACES",
    "UNSHIM_POOL_LABEL",
    "UNSHIM_OWNER_LABELS",
    "UNSHIM_OWNER_ANNOTATIONS",
    "UNSHIM_OWNER_NAMESPACE_LABELS",
    "UNSHIM_MILESTONES_FILE",
    "UNSHIM_REQUEST_TIMEOUT_SECONDS",
    "UNSHIM_PAGE_SIZE",
    "UNSHIM_REFRESH_SECONDS",
    "UNSHIM_STALE_SECONDS",
    "UNSHIM_ALLOWED_TEAMS",
    "UNSHIM_ALLOWED_CHANNELS",
    "UNSHIM_ALLOWED_USERS",
    "UNSHIM_ADMINS",
    "UNSHIM_TIMEZONE",
    "UNSHIM_DIGEST_CHANNELS",
    "UNSHIM_OWNER_CHANNELS",
    "UNSHIM_COMMAND",
    "UNSHIM_HTTP_HOST",
    "UNSHIM_HTTP_PORT",
    "UNSHIM_DATABASE_URL",
    "UNSHIM_FEEDBACK_DAYS",
    "UNSHIM_ANSWER_WORKERS",
    "UNSHIM_ANSWER_QUEUE",
    "UNSHIM_LOG_LEVEL",
]


def test_these_are_the_settings() -> None:
    """Names are public: add to them, never rename one."""
    assert [variable(name) for name in Settings.model_fields] == NAMES
    assert all(field.description for field in Settings.model_fields.values())


def test_without_any_setting_the_defaults_hold() -> None:
    settings = Settings()
    assert (settings.cluster_name, settings.language, settings.pool_label) == (None, "auto", None)
    keys = ("team", "owner")
    assert settings.owner_labels == settings.owner_annotations == settings.owner_namespace_labels == keys
    assert (settings.request_timeout_seconds, settings.page_size) == (30.0, 500)


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")
    assert Settings() == Settings.model_construct()
    (tmp_path / ".env").write_text("".join(f"{name}=\n" for name in NAMES))
    assert Settings() == Settings.model_construct()


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("squad", ("squad",)),
        ("squad,tribe", ("squad", "tribe")),
        (" squad , tribe ,", ("squad", "tribe")),
        (",", ()),
        ('["squad"]', ('["squad"]',)),
    ],
)
def test_a_list_is_separated_by_commas(text: str, keys: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSHIM_OWNER_LABELS", text)
    assert Settings().owner_labels == keys


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().page_size = 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UNSHIM_LANGUAGE", "s3cret-de"),
        ("UNSHIM_PAGE_SIZE", "s3cret"),
        ("UNSHIM_PAGE_SIZE", "0"),
        ("UNSHIM_PAGE_SIZE", "5001"),
        ("UNSHIM_REQUEST_TIMEOUT_SECONDS", "s3cret"),
        ("UNSHIM_REQUEST_TIMEOUT_SECONDS", "-3.125"),
        ("UNSHIM_REQUEST_TIMEOUT_SECONDS", "nan"),
        ("UNSHIM_REQUEST_TIMEOUT_SECONDS", "601"),
        ("UNSHIM_TIMEZONE", "Asia/Soul"),
        ("UNSHIM_DIGEST_CHANNELS", "general"),
        ("UNSHIM_OWNER_CHANNELS", "team-a"),
        ("UNSHIM_OWNER_CHANNELS", "=C0123"),
        ("UNSHIM_OWNER_CHANNELS", "team-a=general"),
    ],
)
@pytest.mark.parametrize("where", ["environment", ".env"])
def test_a_bad_value_is_2_names_the_variable_and_hides_the_value(
    name: str, value: str, where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if where == "environment":
        monkeypatch.setenv(name, value)
    else:
        (tmp_path / ".env").write_text(f"{name}={value}\n")
    result = run("ask", "status", "--demo")
    assert (result.code, result.out) == (2, "")
    assert result.err.count("\n") == 1
    assert name in result.err
    assert value not in result.err


def test_a_channel_is_not_for_everything_and_for_an_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSHIM_DIGEST_CHANNELS", "C0123")
    monkeypatch.setenv("UNSHIM_OWNER_CHANNELS", "team-a=C0456,team-b=C0123")
    result = run("ask", "status", "--demo")
    assert (result.code, "UNSHIM_OWNER_CHANNELS" in result.err) == (2, True)


def test_every_bad_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSHIM_PAGE_SIZE", "x")
    monkeypatch.setenv("UNSHIM_LANGUAGE", "y")
    assert "UNSHIM_LANGUAGE, UNSHIM_PAGE_SIZE" in run("scan", "--demo").err


def test_a_dotenv_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"UNSHIM_CLUSTER_NAME=\xff\xfe\n")
    result = run("ask", "status", "--demo")
    assert (result.code, result.out) == (2, "")
    assert ".env" in result.err


def test_other_programs_share_the_dotenv(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-1\nUNSHIM_SOMETHING_ELSE=1\nUNSHIM_CLUSTER_NAME=prod\n")
    assert Settings().cluster_name == "prod"


def test_the_environment_wins_over_the_dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("UNSHIM_CLUSTER_NAME=from-file\n")
    monkeypatch.setenv("UNSHIM_CLUSTER_NAME", "from-environment")
    assert Settings().cluster_name == "from-environment"


def test_the_settings_reach_the_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    labels = {"squad": "tools"}
    path = dump(
        tmp_path,
        make_node("n-1", labels={"group": "blue", "agentpool": "a"}),
        make_deployment("builder", labels=labels, host_paths=SOCKET),
    )
    before = run("scan", "-o", "json", "--snapshot", path).json
    assert (before["cluster"]["name"], before["nodes"]["pools"][0]["name"]) == (None, "a")
    assert before["workloads"][0]["owner"] is None
    for name, value in {
        "CLUSTER_NAME": "prod",
        "POOL_LABEL": "group",
        "OWNER_LABELS": "squad",
        "LANGUAGE": "ko",
    }.items():
        monkeypatch.setenv(f"UNSHIM_{name}", value)
    after = run("scan", "-o", "json", "--snapshot", path).json
    assert (after["cluster"]["name"], after["nodes"]["pools"][0]["name"]) == ("prod", "blue")
    assert after["workloads"][0]["owner"] == "tools"
    assert "노드" in run("ask", "status", "--snapshot", path).out
    assert "nodes" in run("ask", "nodes", "--snapshot", path, "--lang", "en").out


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("web", True),
        ("web,shop-2, 0", True),
        ("", True),
        (",".join(f"team-{n}" for n in range(30)), True),
        (",".join(f"team-{n}" for n in range(31)), False),
        ("a" * 63, True),
        ("a" * 64, False),
        ("Web", False),
        ("-web", False),
        ("web-", False),
        ("web.shop", False),
        ("web shop", False),
        ("web/pods", False),
        ("web\n", True),
        ("*", False),
    ],
)
def test_namespaces_are_dns_labels_thirty_at_most(text: str, is_taken: bool) -> None:
    if is_taken:
        assert Settings(namespaces=text).namespaces == tuple(part.strip() for part in text.split(",") if part)  # type: ignore[arg-type]
        return
    with pytest.raises(ValidationError) as refused:
        Settings(namespaces=text)  # type: ignore[arg-type]
    assert {str(item["loc"][0]) for item in refused.value.errors()} == {"namespaces"}
