"""Where a message goes: each surface has its place, and when Slack does not take it there, the next best."""

from msgspec.structs import replace

from bot.errors import ExpiredUrlError, SlackError
from bot.render.blocks import Message
from handlers.asks import Ask, Surface
from handlers.ports import Messenger


class Replies:
    """Sends answers and notices. Raises SlackError only when no place is left."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger

    def answer(self, ask: Ask, message: Message) -> None:
        """Send an answer to where the question was asked.

        Raises: SlackError: Slack does not take it there; `private` may still work.
        """
        if ask.surface is Surface.PAGE:
            self._replace(ask, message)
        elif ask.surface is Surface.SHARE:
            self._share(ask, message)
        elif ask.surface is Surface.HOME:
            self._messenger.publish(ask.user, message)
        elif ask.is_posted:
            self._messenger.post(ask.channel, message, ask.thread_ts)
        else:
            self.private(ask, message)

    def private(self, ask: Ask, message: Message) -> None:
        """Send a message that only the asker sees: in place, else as a direct message.

        Raises: SlackError: no way is left.
        """
        if ask.surface is Surface.PROMPTS:
            return  # they asked nothing
        if ask.surface is Surface.HOME:
            self._messenger.publish(ask.user, message)
            return
        if ask.is_direct and not ask.is_ephemeral:
            self._messenger.post(ask.channel, message, ask.thread_ts)
            return
        try:
            if ask.response_url:
                self._messenger.respond(ask.response_url, message, thread_ts=ask.thread_ts)
                return
        except SlackError:
            pass  # used up, too old, or out of order: there are other ways
        if ask.is_direct:
            self.direct(ask, message)
            return
        try:
            # A thread that nobody has answered yet shows no ephemeral messages; below the mention it is seen.
            self._messenger.post_ephemeral(ask.channel, ask.user, message, _active_thread(ask))
        except SlackError:
            self.direct(ask, message)

    def direct(self, ask: Ask, message: Message) -> None:
        """Send a direct message. Raises: SlackError: Slack does not take it."""
        self._messenger.post(self._messenger.direct_channel(ask.user), message)

    def upload(self, ask: Ask, name: str, content: bytes, comment: str, alt: str | None = None) -> None:
        """Share a file where the answer is read: where it was posted or is shared, else in direct messages.

        Raises: SlackError: Slack does not take it.
        """
        if ask.is_posted or ask.surface is Surface.SHARE:
            self._messenger.upload(ask.channel, name, content, comment, ask.thread_ts, alt=alt)
        else:
            self._messenger.upload(self._messenger.direct_channel(ask.user), name, content, comment, alt=alt)

    def _replace(self, ask: Ask, message: Message) -> None:
        try:
            if ask.response_url:
                self._messenger.respond(ask.response_url, message, replace=True, thread_ts=ask.thread_ts)
                return
        except ExpiredUrlError:
            ask = replace(ask, response_url=None)
        if ask.is_ephemeral or not ask.message_ts:
            self.private(ask, message)
        else:
            self._messenger.update(ask.channel, ask.message_ts, message)

    def _share(self, ask: Ask, message: Message) -> None:
        try:
            if ask.response_url:
                self._messenger.respond(ask.response_url, message, in_channel=True, thread_ts=ask.thread_ts)
                return
        except ExpiredUrlError:
            pass
        self._messenger.post(ask.channel, message, ask.thread_ts)


def _active_thread(ask: Ask) -> str | None:
    is_root = any(key == f"{ask.channel}:{ask.thread_ts}" for key in ask.keys)
    return None if is_root else ask.thread_ts
