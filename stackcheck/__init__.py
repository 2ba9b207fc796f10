"""Checks a software stack for NVIDIA Arm machines against dated, sourced compatibility facts."""

__version__ = "0.1.0"
