"""A laptop in the place of Google: which variables say so, and a client that follows them."""

from __future__ import annotations

import os
from typing import Any

BIGQUERY = "BIGQUERY_EMULATOR_HOST"
STORAGE = "BIGQUERY_STORAGE_EMULATOR_HOST"
PUBSUB = "PUBSUB_EMULATOR_HOST"
RUN = "CLOUD_RUN_EMULATOR_HOST"
WORKFLOWS = "WORKFLOWS_REST_EMULATOR_HOST"
EXECUTIONS = "WORKFLOWS_EMULATOR_HOST"
OBJECTS = "STORAGE_EMULATOR_HOST"


def is_used() -> bool:
    """Whether this process talks to a laptop."""
    return BIGQUERY in os.environ


def rest_client(client: Any, transport: Any, variable: str) -> Any:
    """The ordinary client; over REST to the laptop's server when `variable` names one."""
    endpoint = os.environ.get(variable)
    if not endpoint:
        return client()
    from google.auth.credentials import AnonymousCredentials

    # The laptop asks for no identity, and a machine without one must not look for it.
    credentials = AnonymousCredentials()
    return client(transport=transport(host=endpoint, url_scheme="http", credentials=credentials))
