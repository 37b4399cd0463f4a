"""One file (or package) a platform: a class derived from StandIn, found by scanning this folder."""
