"""Growth: twice the input takes about twice the time and the memory, for every reader, scanner, format and document.

`pytest tests/growth` looks at small inputs; `python -m tests.growth` goes up to the limits and prints a table.
"""
