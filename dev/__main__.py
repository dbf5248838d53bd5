"""Start the developer tooling: `python3 dev COMMAND`.

This file alone is kept readable for any Python 3, so that a Python that is too old
gets a sentence instead of a syntax error.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

if sys.version_info < (3, 10):
    sys.exit(
        "dev needs Python 3.10 or newer, and this is Python {}.{}: start it with a"
        " newer one, for example `python3.12 dev`.".format(*sys.version_info)
    )

# The checkout stays clean: no __pycache__ next to the sources.
sys.dont_write_bytecode = True
sys.path[0] = ROOT

from dev.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
