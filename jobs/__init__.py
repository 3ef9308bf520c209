"""The product: which notices, when, for whom. Its story is jobs/day.py, its notices are jobs/notices/listing.py."""

__version__ = "0.1.0"
