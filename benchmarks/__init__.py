"""What kigen costs, measured beside a reference in the same run: `make bench`."""
