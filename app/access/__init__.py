"""Who may say and hear what at the broker: the roles of a site, as an access list for Mosquitto and as certificates.

Nothing here talks to a broker. `access_list` makes the text of Mosquitto's `acl_file`; `make_folder` makes all that a broker and its
clients need, with an authority of its own.
"""

from .acl import access_list
from .roles import Identity, Role, UnfitName, identities

__all__ = ["Identity", "Role", "UnfitName", "access_list", "identities"]
