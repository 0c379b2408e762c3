"""URLs as text: canonical form and host keys. Nothing here dials or resolves."""
