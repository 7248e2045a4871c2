def f(get):
    return get('https://example.org/a/very/long/address/that/nobody/can/part/anywhere/at/all/really')
