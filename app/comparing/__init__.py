"""The comparison: each style does the same job in fresh processes, in turn, and what it did is measured, tabled and reported.

What is measured is the wiring: the stages and the frames are the same. How each style fares at its own edge of MQTT, where readings can be
lost, is shown by `examples/styles`.
"""
