"""Where the truth is kept: tables, migrations and transactions. SQLite here, PostgreSQL alike."""
