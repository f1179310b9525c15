"""gen-graph: typed code, tests and OpenAPI from API reference pages."""

__version__ = "0.1.0"
