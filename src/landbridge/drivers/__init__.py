"""Everything that touches the machine: kernel objects, namespaces, processes; `read` and `apply`, no decisions."""
