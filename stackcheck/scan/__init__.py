"""Facts from a file-system view: one code for a host, a root file system and the layers of an image."""
