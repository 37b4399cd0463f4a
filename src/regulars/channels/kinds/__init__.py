"""One file per channel kind."""
