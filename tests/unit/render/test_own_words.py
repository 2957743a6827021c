"""Ten questions in people's own words and what they read, in both languages; read aloud when they change."""

import pytest

from bot.app import App, Source, build
from bot.render.compose import compose
from bot.render.mrkdwn import to_mrkdwn
from bot.render.parts import MESSAGE
from bot.settings import Settings
from tests.unit.conftest import Golden

QUESTIONS = {
    "en": (
        "which nodes still run docker?",
        "is payments safe?",
        "why is fluentd flagged and what do I do?",
        "can I drain gpu-02?",
        "can we upgrade to 1.24?",
        "how many days until 1.38?",
        "who owns fluentd?",
        "do we have to rebuild our images?",
        "so 1.20 removed Docker?",
        "restart datadog-agent please",
    ),
    "ko": (
        "아직 도커 쓰는 노드 뭐 있어?",
        "payments 네임스페이스 옮겨도 돼?",
        "fluentd 왜 걸렸고 뭘 해야 해요?",
        "gpu-02 드레인해도 되나요?",
        "1.24로 올릴 수 있어?",
        "1.38까지 며칠 남았어?",
        "fluentd 담당 누구예요?",
        "이미지 다시 빌드해야 하나요?",
        "1.20에서 도커 제거된 거죠?",
        "datadog-agent 재시작해줘",
    ),
}


@pytest.fixture(scope="module")
def app() -> App:
    return build(Settings(_env_file=None), Source(is_demo=True))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_ten_questions_in_own_words_are_answered(language: str, app: App, golden: Golden) -> None:
    read = []
    for text in QUESTIONS[language]:
        question = app.understanding.read(text, app.service.names).question
        document = compose(app.service.ask(question, language), app.catalogue(language), MESSAGE)
        read.append(f"> {text}\n\n{to_mrkdwn(document, app.catalogue(language), text)}\n")
    golden.check(f"own-words.{language}.txt", "\n\n".join(read))
