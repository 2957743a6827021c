"""The bot and the Slack simulator against things nobody here wrote: two emulators of Slack, and Slack's own types.

`install.sh` fetches them by name and version. Without them the tests are skipped with the reason.
"""
