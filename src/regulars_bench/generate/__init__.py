"""Made-up customers of a made-up group of brands: the same people, events and orders from the same seed."""
