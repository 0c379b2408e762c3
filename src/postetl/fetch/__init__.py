"""Station 2: from a Target to Fetched. Whatever the network or a site does ends as a row, never as an exception.

client.py   Fetcher: one httpx client; turns, tries, deadline
trip.py     one Target on its way: redirects, credentials, the answer and its limits
decode.py   Content-Encoding as a bounded stream
transport.py  httpx's transport: connections kept by origin; connection.py is one of them, http1.py reads what comes from it
proxy.py    which forward proxy an address goes through
guard.py    the address is checked at the moment it is dialled
turns.py    one request at a time per host, over all postetl processes of one home
lease.py    the file of one host: its lock, and what is known of the host
backoff.py  what a site asks for when it has had enough, for how long and for which addresses
robots.py   robots.txt by RFC 9309, cached in files that processes share
local.py    file: targets that the configuration names
"""

from postetl.fetch.client import Fetcher, user_agent
from postetl.fetch.trip import FetchOptions
from postetl.fetch.turns import HostTurns

__all__ = ["FetchOptions", "Fetcher", "HostTurns", "user_agent"]
