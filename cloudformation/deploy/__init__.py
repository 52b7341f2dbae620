"""Extensions of Sceptre (hooks and resolvers), and the checks before a deployment and after a deletion."""
