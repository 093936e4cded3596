"""The nouns that every service may rely on: places, networks, VMs, accounts.

A network service keeps documents of its own in its own folder; what stands here is what
several services speak of.  Field names in JSON are ZStack's inventory fields.
"""
