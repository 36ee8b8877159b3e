"""``make quality``: how much of the personal data that is there is found, and how much is found that is not.

`own` and `shared` bring documents, `systems` propose spans, `score` counts, `tables` and `numbers` do the same for
columns and single numbers, `measure` puts the figures together, `floors` judges them, `page`
writes docs/quality.md.
"""
