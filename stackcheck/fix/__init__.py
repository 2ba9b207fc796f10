"""Repairs of project files: what to change for a finding, as edits of the text. Nothing here opens a file."""
