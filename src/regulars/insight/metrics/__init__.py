"""One file per metric: what a number means, in words for both languages."""
