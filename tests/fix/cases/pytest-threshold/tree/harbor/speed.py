def ratio(data):
    hits = sum(1 for d in data if d > 2)
    return hits / len(data)
