def names(items):
    by_name = {item.name: item for item in items}
    all_names = {item.name for item in items}
    sizes = [item.size for item in items]
    pair = (1, 2)
    found = [item for item in items if item]
    seen = {1, 2}
    return by_name, all_names, sizes, pair, found, seen, {}, sorted(items)
