"""The benches, one file each."""
