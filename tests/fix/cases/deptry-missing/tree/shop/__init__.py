import requests
import rich

print(requests, rich)
