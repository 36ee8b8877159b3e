"""What is done to one part or bundle of an asset: findings, evidence, keys, activity, rows of registers."""
