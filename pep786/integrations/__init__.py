"""For tool authors: the standard, adopted natively, whichever HTTP library and option parser a tool has.

``sign(client, decision)``, in one module to an HTTP library (requests, urllib3, httpx, aiohttp, urllib), has every
GET and HEAD of that client carry the preference; ``add_flags(parser)``, in one module to an option parser (argparse,
click, optparse), adds ``--no-analytics`` and ``--analytics``. Nothing is imported until one of them is.
"""
