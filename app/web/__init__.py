"""The HTTP door: the page, the API under /api/v1, and what supervisors ask: `/metrics`, `/healthz`, `/readyz`."""

from .server import AddressUnavailable, WebServer

__all__ = ["AddressUnavailable", "WebServer"]
