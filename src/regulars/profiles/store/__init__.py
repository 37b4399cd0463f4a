"""The SQL of the profiles room: facts and live state in PostgreSQL, lines, orders and state in the lake."""
