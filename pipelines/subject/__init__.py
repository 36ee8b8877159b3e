"""Persons across assets: records linked to the people they are about, and what is held about each."""
