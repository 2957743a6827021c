"""The edge: the API server, snapshot files and data files become values of the core.

kube        login, paged LISTs, access reviews: a live cluster as a Snapshot
files       a kubectl dump or the demo as a Snapshot
resources   the table of kinds that are read, and the collector of what arrives
wire, slim  the JSON shapes of Kubernetes objects, and their way into the core's slim ones
knowledge   guides, milestones, pools, messages from ``bot/data``
"""
