"""`python -m benchmarks [NAME ...]`: run benchmarks on embedded servers of their own and print their tables."""

import argparse
import logging
import os
import subprocess
import sys
from collections.abc import Sequence

import django

from benchmarks.catalogue import CATALOGUE, Benchmark, Effort
from benchmarks.machine import machine_line
from config.env import Environment
from config.settings.limits import POLICIES

INSIDE = "BENCHMARK_INSIDE"
GIVEN = {
    INSIDE: "1",
    "STUDIO_PROCESS": "benchmark",
    "DJANGO_SETTINGS_MODULE": "config.settings.local",
    "ACCESS_TOKEN_TTL_S": "3600",  # a run outlives an access token of the usual life
    # Every request is counted against every limit that applies, and none is refused.
    "RATE_LIMIT_POLICIES": ",".join(f"{policy.name}=999999999/1" for policy in POLICIES),
}


def main(arguments: Sequence[str]) -> int:
    """Run what was named (everything by default), each beside new servers; the worst exit code."""
    options = _parser().parse_args(arguments)
    chosen = [CATALOGUE[name] for name in options.names or CATALOGUE]
    effort = Effort(rounds=options.rounds, requests=options.requests)
    if os.environ.get(INSIDE):
        django.setup()
        logging.getLogger().setLevel(logging.WARNING)  # of this process; the measured ones log as always
        for benchmark in chosen:
            benchmark.run(effort)
        return 0
    print(f"{machine_line()}\n", flush=True)
    return max(_beside_servers(benchmark, effort) for benchmark in chosen)


def _parser() -> argparse.ArgumentParser:
    lines = "\n".join(f"  {name:<22} {benchmark.summary}" for name, benchmark in CATALOGUE.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"Measure the studio against the framework's own floor.\n\nbenchmarks:\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", type=_known, help="default: all of them")
    parser.add_argument("--rounds", type=_positive, default=10, help="rounds of each side, in turn (default: 10)")
    parser.add_argument("--requests", type=_positive, default=1000, help="requests of each round (default: 1000)")
    return parser


def _known(name: str) -> str:
    if name not in CATALOGUE:
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(CATALOGUE)}; found {name!r}")
    return name


def _positive(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, found {text!r}")
    return number


def _beside_servers(benchmark: Benchmark, effort: Effort) -> int:
    """Run one benchmark in a process of its own: beside new, durable servers, or with none when it starts a studio."""
    errand = [sys.executable, "-m", "benchmarks", benchmark.name]
    errand += ["--rounds", str(effort.rounds), "--requests", str(effort.requests)]
    servers = [sys.executable, "-m", "config.studio", "run", "--fresh", "--"] if benchmark.beside_servers else []
    # The person's own servers and knobs must be neither measured nor written to: every knob has its default.
    environment = {name: value for name, value in os.environ.items() if name not in Environment.model_fields}
    return subprocess.run([*servers, *errand], env={**environment, **GIVEN}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
