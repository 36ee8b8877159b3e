"""From the sources to what people decide from: one module for each step, a room for what a step needs."""
