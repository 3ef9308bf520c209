"""The chain of hashes that shows whether the ledger is as it was written."""
