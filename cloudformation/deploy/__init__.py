"""Extensions of Sceptre: hooks, resolvers, and the work that they do before and after a stack changes."""
