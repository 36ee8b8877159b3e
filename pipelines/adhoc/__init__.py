"""One text, table, image or labelled sample at a time, without an estate, a key or a store."""
