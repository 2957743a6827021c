"""The token goes to Slack's own hosts by TLS and to the host of its Web API, whatever an address looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.metrics import Metrics
from bot.adapters.slack_files import SlackFiles
from bot.adapters.slack_web import make_client

SLACK = SlackFiles(make_client("https://slack.com/api/", "xoxb-1"), Metrics())
PROXIED = SlackFiles(make_client("http://gateway.internal:8080/api/", "xoxb-1"), Metrics())

TAKEN = [
    "https://files.slack.com/files-pri/T0-F0/download/deploy.yaml",
    "https://files.slack.com:443/files-pri/T0-F0/deploy.yaml?x=1",
    "https://acme.enterprise.slack.com/files/a",
    "https://FILES.slack.com/a",
    "https://slack.com/a",
    "https://files.slack-gov.com/a",
]

REFUSED = [
    "http://files.slack.com/a",
    "https://files.slack.com.evil.example/a",
    "https://evilslack.com/a",
    "https://slack.com.example/a",
    "https://files.slack.com@evil.example/a",
    "https://evil.example/@files.slack.com",
    "https://evil.example\\@files.slack.com/a",
    "https://files.slack.com\\@evil.example/a",
    "https://evil.example#@files.slack.com/",
    "https://evil.example?@files.slack.com/",
    "https://files.slack.com:8443/a",
    "https://files.slack.com\n.evil.example/",
    "https://files.slack.com/a\r\nHost: evil.example",
    " https://files.slack.com/a",
    "https:files.slack.com/a",
    "https:///files.slack.com/a",
    "//files.slack.com/a",
    "file:///etc/passwd",
    "ftp://files.slack.com/a",
    "https://xn--slck-5na.com/a",
    "https://files。slack。com/a",
    "https://169.254.169.254/latest",
    "https://[::1]/a",
    "",
]


@pytest.mark.parametrize("url", TAKEN)
def test_slack_gets_the_token(url: str) -> None:
    assert SLACK._is_slacks(url)


@pytest.mark.parametrize("url", REFUSED)
def test_nobody_else_does(url: str) -> None:
    assert not SLACK._is_slacks(url)
    assert not PROXIED._is_slacks(url)


def test_the_host_of_the_web_api_gets_it_as_it_is_named() -> None:
    assert PROXIED._is_slacks("http://gateway.internal:8080/files-pri/x")
    for other in ("http://gateway.internal/a", "https://gateway.internal:8080/a", "http://x.gateway.internal:8080/a"):
        assert not PROXIED._is_slacks(other)
    assert not SLACK._is_slacks("http://gateway.internal:8080/files-pri/x")


@given(st.text(st.sampled_from("abz.-@\\/:?#%slack com\t\n"), max_size=30))
def test_whatever_stands_around_a_host_it_has_to_be_the_whole_of_it(text: str) -> None:
    for url in (f"https://{text}", f"https://slack.com{text}", f"https://{text}slack.com"):
        if SLACK._is_slacks(url):
            host = url.removeprefix("https://").split("/")[0].split("?")[0].removesuffix(":443").lower()
            assert host == "slack.com" or host.endswith(".slack.com")
            assert not set(host) & set("@\\#%\t\n :")
