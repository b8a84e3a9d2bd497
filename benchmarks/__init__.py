"""What the studio costs: ratios against the framework's own floor, measured side by side in one run.

`python -m benchmarks --help` lists them; `docs/development/benchmarks.md` tells how to read them.
"""
