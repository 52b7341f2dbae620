"""`make smoke`: test a running deployment as a user would, and clean up."""
