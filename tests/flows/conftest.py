"""The fixtures of tests/prefect_flows.py."""

from prefect_flows import deployed, flows, worker

__all__ = ["deployed", "flows", "worker"]
