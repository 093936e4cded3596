"""Pure: node state -> the kernel objects and daemon configurations that make it so."""
