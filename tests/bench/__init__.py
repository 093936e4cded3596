"""Benchmarks: `python -m tests.bench [NAME …]`.  Each states what it measures; `--write` records it."""
