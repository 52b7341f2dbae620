"""Resources, policy statements and template functions that several stacks share."""
