"""`python -m verifier` is tanji-verify."""

import sys

from verifier.cli import main

sys.exit(main())
