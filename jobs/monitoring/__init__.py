"""Whether all is well, for machines that watch."""
