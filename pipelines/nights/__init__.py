"""What makes a night cost what changed: digests, the ledger of places, what is carried to the next scan."""
