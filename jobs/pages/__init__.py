"""Pages of HTML that people open."""
