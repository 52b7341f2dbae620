"""`make soak`: users at work while the database dies, and proof that nothing was lost or doubled."""
