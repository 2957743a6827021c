"""Logging in beside other threads: what they log is not taken for the failure of an exec plugin."""

import json
import logging
import threading
from pathlib import Path

from bot.adapters.kube_login import login


def test_an_error_that_another_thread_logs_is_no_failed_login(tmp_path: Path) -> None:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "clusters": [{"name": "here", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "me", "user": {"token": "x"}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
    }
    (tmp_path / "config").write_text(json.dumps(config))
    is_done = threading.Event()

    def complain() -> None:
        while not is_done.is_set():
            logging.getLogger("slack_sdk").error("no answer")

    thread = threading.Thread(target=complain)
    thread.start()
    try:
        assert {login(str(tmp_path / "config"), None).cluster_name for _ in range(20)} == {"here"}
    finally:
        is_done.set()
        thread.join()
