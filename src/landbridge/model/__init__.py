"""Pure nouns: identifiers, addresses, documents, and the contract between server and node.

Nothing here does I/O or knows a service.  Names to know: `Resource` (a stored document),
`Kind` (what users query and references name), `NodeObject` (one compiled thing on a node).
"""
