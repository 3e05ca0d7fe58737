"""What hotzone costs, beside its peers. `make bench` runs it; `table.py` lists what is measured and what is aimed at."""
