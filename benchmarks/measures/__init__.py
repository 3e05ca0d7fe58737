"""How each benchmark is measured, a file each; what needs a process of its own is also a module to run."""
