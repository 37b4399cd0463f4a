"""The roof: the only place that knows every room. Settings, boot, web, worker, supervisor, CLI."""
