"""Turn changes into the tables of Bronze, Silver and Gold; this package opens no file and no database."""
