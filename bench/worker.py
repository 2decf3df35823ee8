"""One measurement in a process of its own: `python -m bench.worker NAME [--quick]` prints its results as JSON, one a line."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from bench.harness import Effort
from bench.rows import MEASUREMENTS

QUICK = Effort(runs=3, scale=0.1)


def main() -> None:
    """Run the measurement named on the command line."""
    name = sys.argv[1]
    module, function = MEASUREMENTS[name][0].split(":")
    effort = QUICK if "--quick" in sys.argv[2:] else Effort()
    for result in getattr(import_module(module), function)(effort):
        print(json.dumps(result.document()), flush=True)


if __name__ == "__main__":
    main()
