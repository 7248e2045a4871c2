# the adress of the harbour
HARBOUR = 'Kiel'
