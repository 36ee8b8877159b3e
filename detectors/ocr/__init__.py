"""Pictures: from a file to its text, the kind of document it shows, and findings with their place."""
