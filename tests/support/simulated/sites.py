"""The sites of the simulated machine: small, quick to judge, and one of them without a zone and a unit that the others have."""

BASE = """
name = "sim"
sensors = ["in-top", "in-bottom"]
quality = { period = "2s", stale_after = "6s", late_after = "6s", smoothing = "2s", max_rate = 5.0, confirm = 2 }
presence = { recover = "10s", silent_after = "5s" }
control = { cycle = "2s" }
recording = { snapshot_every = "25s", segment_age = "60s", segment_bytes = "1MiB" }
cooling = { control = "on", ramp = "20s", report_after = "15s", hold = "4s", slew_down = 60, tolerance = 12, fault_after = "5s" }
rates = { rise = false, fast-rise = false }
[limits]
warm = { above = 27, deadband = 1.0, on_delay = "6s", off_delay = "8s", priority = "medium" }
high = { above = 32, on_delay = "4s", off_delay = "8s", priority = "high", hot = true }
critical = { above = 35, on_delay = "0s", off_delay = "5s", priority = "critical", hot = true }
low = false
very-low = false
[halls.h1]
cooling.count = {units}
layout.count = 2
[halls.h1.zones]
"""
SHAPES = ((3, ("A1", "B1", "C1")), (2, ("A1", "C1")), (3, ("C1", "A1", "B1")))
SITES = tuple(BASE.replace("{units}", str(units)) + "".join(f"{zone} = {{}}\n" for zone in zones) for units, zones in SHAPES)
