"""The learned tagger of names: its weights, how it reads with them, how they were trained."""
