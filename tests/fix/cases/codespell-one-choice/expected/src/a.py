# the address of the harbour
HARBOUR = 'Kiel'
