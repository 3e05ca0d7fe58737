"""The stages: reducers over plain state, one file each. No I/O, no clock, no randomness, no reactivex, asyncio or threads.

A reading passes `decode`, `validate`, `smooth`, `statistic`, `limits` and `rise`; `presence` watches for what does not
come, `demand` turns the zone's value into cooling. `trip` is the delayed, deadbanded switch that they share.
"""
