-- The loader counts findings with numbers in place of names (pipelines/loading/occurrences.py).
DROP VIEW occurrence_of_scan;
