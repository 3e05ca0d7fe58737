"""One file a command of `hotzone`. They import what they need when they are called; here is nothing that others could use."""
