"""Serves a GGUF model on loopback, as OpenAI's API, until its input ends.

serve.py FILE: prints the address it listens on.
"""

import sys

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_ctx = 1024
params.n_parallel = 1
params.warmup = False
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
# Whoever started it ends it by going away.
sys.stdin.read()
