"""`python -m config.studio run [--fast] [--fresh] -- COMMAND`: one command beside the two servers."""

import sys

from config.studio.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
