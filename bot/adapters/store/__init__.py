"""What the bot keeps, in SQLite or PostgreSQL: feedback, unanswered questions, threads, deliveries.

keeping     Store: what the listeners call; it fails in silence, and tries again
rows        what is written and read, for how long; raises StoreError
tables, migrations, schema
            the tables, how they came about, and their bringing up to date
engine      connections, transactions, failures
inspect     what ``check`` asks of the database

Imported only where a database is wanted: SQLAlchemy and alembic take 40 MiB and most of half a second.
"""
