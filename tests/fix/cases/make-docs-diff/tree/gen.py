from commands import NAMES

print('# Commands\n')
for name in NAMES:
    print(f'- {name}')
