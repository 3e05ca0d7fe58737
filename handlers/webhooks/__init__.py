"""Posting over HTTP so that it harms nobody: where we may connect to, what an answer means, signatures, the words of chat services.

Not a handler itself: `handlers/webhook.py` is, and others post by the same client.
"""

from .address import Forbidden, Url, is_allowed
from .client import Answer, Client, judged
from .formats import FORMATS, Message
from .signature import Signer
from .template import PLACEHOLDERS, Template

__all__ = ["FORMATS", "PLACEHOLDERS", "Answer", "Client", "Forbidden", "Message", "Signer", "Template", "Url", "is_allowed", "judged"]
