"""What holds for every test of the repository."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A busy machine is no error of an example: how long one takes says nothing about the rule.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
