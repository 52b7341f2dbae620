"""Additions to Sceptre: hooks, resolvers, and checks before a deployment and after a deletion."""
