"""The whole product on one machine: what `make` calls. Nothing that is deployed needs this folder."""
