"""The host's agent: brings the host's kernel to the node state, keeps its helpers running."""
