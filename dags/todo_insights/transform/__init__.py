"""Turn changes into the tables of Bronze, Silver and Gold, without access to files or databases."""
