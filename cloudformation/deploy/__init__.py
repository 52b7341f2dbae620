"""The deploy tool: stacks up, in the order in which they need each other, and down again."""
