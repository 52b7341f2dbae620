"""What several stacks are made of: buckets, statements of policies, parameters and outputs."""
