"""What a load writes beside the findings, and what it counts in advance so that no report counts again."""
