"""The privacy desk: what people decide, ask, reveal, announce and erase, each with its trail."""
