"""The roof: the only place that knows every room. Settings, boot, web, worker, supervisor, CLI.

Nouns: Settings, House, Worker, Supervisor. Hears and emits nothing: it lets the rooms do so.
"""
