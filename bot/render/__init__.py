"""Answer to something a person or a program reads: text, mrkdwn, JSON. Pure, and decides nothing about the cluster.

document    what every message is made of, and the one escaping path
messages    message catalogue: key and values to a line
compose     Answer -> Document
text        Document -> plain text;  terminal: the same with rich;  mrkdwn: the same for Slack
data        Answer and ClusterView -> the JSON of the contracts
"""
