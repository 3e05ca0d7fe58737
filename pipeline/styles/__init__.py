"""The styles: one flow of stages, wired in the way of one kind of concurrent programming each. `rx` is the product's."""
