"""vrouter."""
