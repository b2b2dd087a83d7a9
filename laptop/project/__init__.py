"""A project on one machine: its services, service accounts, custom roles and policy over REST."""
