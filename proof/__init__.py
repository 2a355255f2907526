"""Proof: operations of clients as a history, and checkers apart from what made it (docs/HISTORIES.md)."""
