"""Plan: wishes and a machine become a set of releases that works, in an order in which it can be installed.

`candidates` says which releases come into question, `search` finds a set among them (by resolvelib), `work` has the
judge look at the whole of it, `conflict` explains where there is none, and `answer`, `text` and `document` say it.
"""
