"""The product: which notices, when, for whom."""

__version__ = "0.1.0"
