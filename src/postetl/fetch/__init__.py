"""Station 2: from a Target to Fetched. Whatever the network or a site does ends as a row, never as an exception.

client.py   Fetcher: one httpx client; redirects, tries, deadline, limits
decode.py   Content-Encoding as a bounded stream
guard.py    the address is checked at the moment it is dialled
turns.py    one request at a time per host, over all postetl processes of one home
local.py    file: targets that the configuration names
"""

from postetl.fetch.client import Fetcher, FetchOptions, user_agent
from postetl.fetch.turns import HostTurns

__all__ = ["FetchOptions", "Fetcher", "HostTurns", "user_agent"]
