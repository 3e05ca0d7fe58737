"""Twenty lessons in concurrency, one idea each, in the terms of a data hall: `hotzone learn` runs them."""
