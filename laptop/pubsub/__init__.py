"""A small Pub/Sub server of the same gRPC API as Google's, plus REST."""
