"""Benchmarks anyone can run: `regulars bench NAME`. One file a bench in `benches/`; shapes in `contract`."""
