"""The OpenAPI document: completes the operations with everything that is the same for all of them."""
