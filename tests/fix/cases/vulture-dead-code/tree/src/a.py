def used():
    return 1


def plugin_entry():
    return 2


print(used())
