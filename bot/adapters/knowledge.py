"""Knowledge files of ``bot/data`` to values: guides, topics, dates, pools, agents, grammar, messages, Slack app."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from bot.core.affects import Affects
from bot.core.agents import Agent, AgentKind, Agents, Change, Told
from bot.core.knowledge import Guide, Knowledge, Topic
from bot.core.milestones import KUBERNETES, EarlierValue, Milestone
from bot.core.pools import PoolKey, PoolTable, Provider
from bot.core.runtimes import Runtime
from bot.core.slack_app import Scope, SlackApp
from bot.core.understand import Grammar
from bot.core.versions import Version, parse
from bot.render.messages import Catalogue

LANGUAGES = ("en", "ko")


def load_knowledge() -> Knowledge:
    """Return guides, calendar and known agents; topics are read when the first of them is looked up."""
    return Knowledge(
        guides=tuple(_guide(item) for item in _read("guides.toml")["guide"]),
        calendar=tuple(_milestone(item) for item in _read("milestones.toml")["milestone"]),
        agents=Agents(tuple(_agent(item) for item in _read("agents.toml")["agent"])),
        providers={item["id"]: item["name"] for item in _read("pools.toml")["provider"]},
        load_topics=load_topics,
    )


@cache
def faq_items() -> tuple[Mapping[str, Any], ...]:
    """Return every topic of ``bot/data/faq`` as it stands there, with the ways people ask it; read once."""
    files = sorted(path.name for path in resources.files("bot.data").joinpath("faq").iterdir())
    return tuple(item for name in files if name.endswith(".toml") for item in _read(f"faq/{name}")["topic"])


@cache
def load_topics() -> tuple[Topic, ...]:
    """Return what is known of every topic; read once."""
    return tuple(_topic(item) for item in faq_items())


def load_pools(pool_label: str | None) -> PoolTable:
    """Return the pool and provider table, with the user's own label before it."""
    data = _read("pools.toml")
    keys = tuple(
        PoolKey(item["kind"], item["key"], item.get("pattern"), item.get("only_provider")) for item in data["pool_key"]
    )
    providers = tuple(_provider(item) for item in data["provider"])
    return PoolTable(keys, providers, pool_label)


def load_grammar() -> Grammar:
    """Return the command words of all languages."""
    commands = dict(_read("grammar.toml"))
    verbs = [_spellings(commands.pop(name)) for name in ("order", "reminder-order", "exception-order")]
    return Grammar(_spellings(commands), *verbs)


def _spellings(table: Mapping[str, Any]) -> dict[str, str]:
    return {word: meaning for meaning, words in table.items() for word in words}


def load_catalogue(language: str) -> Catalogue:
    """Return the messages of a language of LANGUAGES."""
    return Catalogue(language, _read(f"messages/{language}.toml"))


def load_slack_app() -> SlackApp:
    """Return what the Slack app asks for, and why."""
    data = _read("slack_app.toml")
    return SlackApp(
        name=data["name"],
        bot_name=data["bot_name"],
        texts={language: data["text"][language] for language in LANGUAGES},
        events=tuple(data["events"]),
        path=data["path"],
        free_methods=tuple(data["free_methods"]),
        free_events=tuple(data["free_events"]),
        scopes=tuple(_scope(item) for item in data["scope"]),
        app_scope=_scope(data["app_token"]),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("bot.data").joinpath(name).read_text(encoding="utf-8"))


def _guide(item: Mapping[str, Any]) -> Guide:
    return Guide(
        id=item["id"],
        urls=item["url"],
        titles=item["title"],
        covers=item["covers"],
        notes=item.get("ko_note", {}),
        rules=tuple(item["rules"]),
        topics=tuple(item["topics"]),
        checked=item["checked"],
    )


def _agent(item: Mapping[str, Any]) -> Agent:
    return Agent(
        id=item["id"],
        images=tuple(item["images"]),
        kind=AgentKind(item["kind"]),
        since=_version(item.get("since")),
        tag=re.compile(item["tag"]) if "tag" in item else None,
        told=tuple(_told(words) for words in item.get("told", ())),
        must_be_told=item.get("must_be_told", False),
        never_told=item.get("never_told", False),
        is_main=item.get("is_main", False),
        needs_socket=item.get("needs_socket", False),
        reads_logs=item.get("reads_logs", False),
        reads_docker_lines=item.get("reads_docker_lines", False),
        topic=item.get("topic"),
        changes=tuple(_change(words) for words in item.get("changes", ())),
        takes_socket=item.get("takes_socket", False),
        keeps_suffix=item.get("keeps_suffix", False),
    )


def _change(words: Mapping[str, Any]) -> Change:
    is_env, also = "env" in words, words.get("also", ())
    return Change(
        name=words["env"] if is_env else words["arg"],
        is_env=is_env,
        old=words.get("old", ""),
        new=words.get("new"),
        new_name=words.get("new_arg", ""),
        also_env=tuple(also.items()) if is_env and also else (),
        also_args=() if is_env else tuple(also),
    )


def _told(words: Mapping[str, str]) -> Told:
    value = re.compile(words["value"]) if "value" in words else None
    return Told(words["env"] if "env" in words else words["arg"], "env" in words, value)


def _topic(item: Mapping[str, Any]) -> Topic:
    def texts(key: str) -> Mapping[str, str]:
        return {language: item[key][language].strip() for language in LANGUAGES}

    return Topic(
        id=item["id"],
        titles=texts("title"),
        answers=texts("answer"),
        mistakes=texts("mistake"),
        sources=tuple(item["sources"]),
        guides=tuple(item["guides"]),
        cluster=tuple(item["cluster"]),
        agents=tuple(item["agents"]),
        checked=item["checked"],
        works_since=item.get("works_since"),
        link=item.get("link"),
    )


def _milestone(item: Mapping[str, Any]) -> Milestone:
    fields = ("title", "headline", "breaks", "plan", "outcome", "todo")
    return Milestone(
        id=item["id"],
        version=item["version"],
        day=item["date"],
        kind=item["kind"],
        is_planned=item["state"] == "planned",
        is_confirmed=item["confirmed"],
        affects=tuple(_affects(clause) for clause in item["affects"]),
        earlier=tuple(EarlierValue(e["said"], e["value"], e["source"]) for e in item["earlier"]),
        sources=tuple(item["sources"]),
        checked=item["checked"],
        support_ends=item.get("support_ends"),
        texts={language: {name: item[name][language] for name in fields} for language in LANGUAGES},
        unsure=tuple(_affects(clause) for clause in item.get("unsure", ())),
        product=item.get("product", KUBERNETES),
        guides=tuple(item.get("guides", ())),
    )


def _affects(clause: Mapping[str, Any]) -> Affects:
    return Affects(
        runtime=Runtime(clause["runtime"]) if "runtime" in clause else None,
        kubelet_below=_version(clause.get("kubelet_below")),
        runtime_version_below=_version(clause.get("runtime_version_below")),
        kubelet_from=_version(clause.get("kubelet_from")),
        runtime_version_from=_version(clause.get("runtime_version_from")),
        findings=tuple(clause.get("findings", ())),
    )


def _version(text: str | None) -> Version | None:
    return parse(text) if text else None


def _provider(item: Mapping[str, Any]) -> Provider:
    def words(key: str) -> tuple[str, ...]:
        return tuple(item.get(key, ()))

    return Provider(
        id=item["id"],
        name=item["name"],
        labels=words("labels"),
        label_prefixes=words("label_prefixes"),
        provider_id_prefixes=words("provider_id_prefixes"),
        kubelet_contains=words("kubelet_contains"),
        os_image_contains=words("os_image_contains"),
        node_names=words("node_names"),
    )


def _scope(item: Mapping[str, Any]) -> Scope:
    return Scope(
        name=item["name"],
        reasons={language: item["reason"][language] for language in LANGUAGES},
        losses={language: item["loss"][language] for language in LANGUAGES},
        methods=tuple(item["methods"]),
        events=tuple(item["events"]),
        only_for=item.get("only_for"),
        source=item["source"],
        checked=item["checked"],
    )
