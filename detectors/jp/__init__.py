"""Identifiers of Japan: one module each, with its rule, its source and examples."""
