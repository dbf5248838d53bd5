"""Developer tooling of Sync Studio: `python3 dev -h` tells what it does."""
