"""The edge: the API server, snapshot files and data files become values of the core.

kube        a live cluster, listed once, as a Snapshot; kube_login, kube_check: login and access reviews
watched     a live cluster, kept up to date: LIST, then WATCH; watched_kind: what is known of one kind
newest      the view that was made last; memory: what is free goes back to the system
reflector, listing
            one kind listed and watched, and what follows when that fails; the list alone
connection, kube_api, kube_pool, kube_pages
            the login held and renewed; requests and streams; their connections; pages
decoding    pages and events as slim objects, damaged ones without the others
scoped      a cluster of which some namespaces alone are read
files       a kubectl dump or the demo as a Snapshot
manifests   objects of files, by the same table, with their lines; manifest_files, binding, embedded, fitting help it
yaml_nodes, json_nodes, marked
            YAML and JSON as plain data that knows its lines, within limits
resources   the table of kinds that are read; collecting: what arrives of a Snapshot
wire, slim  the JSON shapes of Kubernetes objects, and their way into the core's slim ones
partial     which of those are not all there
knowledge   guides, milestones, pools, messages from ``bot/data``
own_dates   this cluster's own dates, from a file that may change

live        a file or the demo read again and again; answers come from the last good view
slack_web, slack_messages, slack_socket, slack_check
            the Web API, posting, Socket Mode, and what ``check`` asks of Slack
slack_posts, slack_calls, slack_once
            posts that are due once: what Slack certainly took or not, and what nobody knows
http        the one HTTP port: health, metrics, Slack's requests in HTTP mode
work        the queue of answers
logs, metrics
            what can be seen from outside; watch_check: the running bot's metrics as ``check`` reads them
"""
