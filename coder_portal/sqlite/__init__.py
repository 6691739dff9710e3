"""Django's database backend for SQLite, which prepares the private folder of a database."""
