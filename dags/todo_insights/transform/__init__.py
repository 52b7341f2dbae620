"""Changes become tables: Bronze, Silver and Gold. Nothing here reads or writes a file or a database."""
