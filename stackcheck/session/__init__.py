"""From a request to a report. Every door (the command line, `stackcheck.judge`) calls this room; it prints nothing.

The order of the work, a module each: which machine (`machine`, with `host` for this one and `image` for files), which
project files (`files`, `discover`, `project`), which knowledge (`knowledge`, `network`), then the judge, and what
installed files add (`installed`). `check`, `lint`, `preflight` and `diagnose` are the walks that doors call with a
`Request`; `filters`, `settings` and `repair` are what stands around them.
"""
