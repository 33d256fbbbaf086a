"""Ends with 0 where the process of this container is ready, else with 1. For health checks."""

import os
import sys
import urllib.request

PORT = os.environ.get("PROBE_PORT") or os.environ.get("PORT") or "8080"

try:
    urllib.request.urlopen(f"http://127.0.0.1:{PORT}/ready", timeout=4)
except OSError as problem:
    sys.exit(f"not ready: {problem}")
