"""Programs that generate pages and views of the repository from its sources."""
