"""The shape of input: forms whose field names are the actions' parameters."""
