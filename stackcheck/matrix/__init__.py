"""The compatibility matrix: TOML files of dated, sourced rows, read into frozen values."""
