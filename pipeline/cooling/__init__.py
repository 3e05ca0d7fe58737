"""Cooling control: from the value of a zone to a demand, from demands to commands, and the interlock outside everything."""
