"""The edge to Google: clients, jobs, retries, settings; nothing else knows of an emulator."""
