"""Live facts: run one command with a time limit, then parse its text. Two functions, the second one pure."""
