"""The OpenAPI document: adds to each operation the responses, headers, links and examples."""
