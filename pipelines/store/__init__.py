"""The store: its schema as numbered migrations (``*.sql``), who writes it, who reads it."""
