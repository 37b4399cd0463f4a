"""How soon a live segment follows what happened."""
