"""Unshim: what still depends on a cluster's Docker runtime.

Layers, top to bottom; imports point down only (checked by import-linter):

    bot.__main__, bot.cli                  arguments, exit codes
    bot.app                                composition root: the only place that builds and wires
    handlers | bot.adapters | bot.playground
    bot.service                            Question -> Answer
    bot.render                             Answer -> text, mrkdwn, JSON (pure)
    bot.core                               model, rules, questions (pure: no I/O, no clock)
    bot.settings | bot.errors
"""
