"""One module per kind of answer, each with ``compose(answer, catalogue, limits) -> Document``."""
