"""What everybody who touches the ledger shares: values, tables, statements."""
