"""The command line: verbs from the action declarations, and the long-running processes."""
