"""What tests of the running product share: a v1 client, a lab of their own, the world check."""
