"""The questions asked of the store, one SQL file each, and what shows the answers: terminal, files, the page."""
