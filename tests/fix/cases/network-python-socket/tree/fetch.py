import urllib.request

urllib.request.urlopen('https://api.example.com/v1/ships', timeout=5)
