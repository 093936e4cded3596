"""The management server: wires API, jobs, store and nodelink together."""
