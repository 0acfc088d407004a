"""Times 100 requests over one requests.Session: usage: http_session.py FOLDER-OF-PACKAGES PORT [AUTHORITY]. Prints seconds.

AUTHORITY is a certificate, of who is believed to say who the server is; the session is over TLS then.
"""

import sys
from time import perf_counter

sys.path.insert(0, sys.argv[1])
import requests  # noqa: E402

with requests.Session() as session:
    session.trust_env = False
    session.verify = sys.argv[3] if len(sys.argv) > 3 else True
    scheme = "https" if len(sys.argv) > 3 else "http"
    begun = perf_counter()
    for _ in range(100):
        answer = session.get(f"{scheme}://127.0.0.1:{sys.argv[2]}/")
        assert answer.status_code == 200 and len(answer.content) == 1000
    print(perf_counter() - begun)
