"""The one table of what Slack takes in a message, and what of it this program uses. Numbers only.

The longest value of a button stands in `bot.core.buttons`, which knows when a question is too long for one.

Source: docs.slack.dev, Block Kit reference: message, block, element and text object pages, checked 2026-11-22.
A message with more is refused whole (``invalid_blocks``, ``msg_blocks_too_long``).
"""

#: Blocks of a message.
BLOCKS = 50

#: Characters of a text object, of a button's label, and of its label for screen readers.
TEXT_CHARS = 3000
BUTTON_CHARS = 75
ACCESSIBILITY_CHARS = 75

#: Elements of an actions block.
ACTIONS = 25

#: Characters of ``text`` that chat.update takes; chat.postMessage takes ten times as many.
MESSAGE_TEXT_CHARS = 4000

#: Characters over all blocks of a message. Unpublished: 11,341 were refused once, and what containers cost is not
#: known (github.com/slackapi/bolt-js issues 2509 and 2867), so a good part is left free.
ALL_CHARS = 9000

#: Blocks used at the most: one less than allowed would do, but Slack splits some blocks when it shows them.
USED_BLOCKS = BLOCKS - 5

#: Characters of one section used at the most: what is cut is cut by line, and a line may be long.
SECTION_CHARS = TEXT_CHARS - 100

#: Characters that describe a picture (files.getUploadURLExternal, alt_txt).
ALT_CHARS = 1000

#: Options of a menu, and characters of what one shows and of what it stands for.
OPTIONS = 100
OPTION_CHARS = 75
OPTION_VALUE_CHARS = 150

#: Characters of a modal's title and buttons, of what comes back with it, of a field's label and of its hint.
TITLE_CHARS, METADATA_CHARS, LABEL_CHARS, HINT_CHARS = 24, 3000, 2000, 2000
