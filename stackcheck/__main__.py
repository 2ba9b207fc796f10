"""`python -m stackcheck`."""

from stackcheck.cli import main

main()
