"""Run the command line with ``python -m digitclf``."""

from digitclf.cli import main

if __name__ == "__main__":
    main()
