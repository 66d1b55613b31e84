"""Commands that start, stop and secure an installation."""
