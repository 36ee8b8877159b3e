"""Statements about a named person in free text: what is said, not who is named."""
