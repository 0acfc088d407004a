"""urllib3: retries, parsed addresses, fields of forms, a failed connection.

with: urllib3
"""

import urllib3
from urllib3.util import Retry, parse_url

url = parse_url("https://user@example.org:8443/a%20b?x=1#f")
assert (url.host, url.port, url.path, url.query, url.fragment) == ("example.org", 8443, "/a%20b", "x=1", "f")
retry = Retry(total=3, backoff_factor=0.1, status_forcelist=[503])
assert retry.increment(error=Exception()).total == 2
body, kind = urllib3.encode_multipart_formdata({"field": "value"}, boundary="b")
assert kind == "multipart/form-data; boundary=b"
assert body == b'--b\r\nContent-Disposition: form-data; name="field"\r\n\r\nvalue\r\n--b--\r\n', body
http = urllib3.PoolManager(num_pools=2)
try:
    http.request("GET", "http://127.0.0.1:9/", retries=False, timeout=1)
except urllib3.exceptions.HTTPError:
    pass
else:
    raise AssertionError("an address was reached that nobody granted")
