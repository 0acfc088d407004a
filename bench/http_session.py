"""Times 100 requests over one requests.Session: usage: http_session.py FOLDER-OF-PACKAGES PORT. Prints seconds."""

import sys
from time import perf_counter

sys.path.insert(0, sys.argv[1])
import requests  # noqa: E402

with requests.Session() as session:
    session.trust_env = False
    begun = perf_counter()
    for _ in range(100):
        answer = session.get(f"http://127.0.0.1:{sys.argv[2]}/")
        assert answer.status_code == 200 and len(answer.content) == 1000
    print(perf_counter() - begun)
