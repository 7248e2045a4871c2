import yaml_of_nobody

print(yaml_of_nobody)
