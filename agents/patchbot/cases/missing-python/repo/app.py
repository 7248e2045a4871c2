import xmltodict

print(xmltodict.parse('<a/>'))
