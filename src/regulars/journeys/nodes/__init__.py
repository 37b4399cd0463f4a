"""One file per node kind."""
