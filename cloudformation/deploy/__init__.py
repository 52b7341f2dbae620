"""What Sceptre lacks and operators need: hooks, resolvers, checks before and after a deployment."""
