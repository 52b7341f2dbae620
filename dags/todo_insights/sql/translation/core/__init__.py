"""Parts that every module of the translation uses: names, types, signatures, operators and errors."""
