"""For all tests: random ones are judged by what they find, not by how long they take, and say how to repeat them."""

from hypothesis import settings

settings.register_profile("landbridge", deadline=None, print_blob=True)
settings.load_profile("landbridge")
