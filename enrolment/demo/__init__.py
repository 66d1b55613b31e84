"""The demonstration: an invented organisation, made with the product's own actions."""
