"""`make smoke`: tests a running deployment as a user would, and cleans up afterwards."""
