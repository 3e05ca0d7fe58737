"""Programs that do the same job, a file each. Receivers of MQTT are modules to run, with the arguments PORT QOS COUNT."""
