"""Upstream: readings, payloads, MQTT, recordings and the simulated hall. Not what is made of them: that is the pipeline."""
