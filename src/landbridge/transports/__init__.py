"""How processes of ours talk to each other over a network.

Here: nodelink, the agent's side (`NodelinkClient`, `enrol`, `Identity`).  What is said stands in
`model/node.py`; what is done about it, in `agent`.  Nothing here decides anything.
"""
