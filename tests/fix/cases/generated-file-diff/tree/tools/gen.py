import difflib
import pathlib
import sys

source = pathlib.Path('schema.txt').read_text().split()
made = ''.join(f'{name} = "{name}"\n' for name in source)
place = pathlib.Path('shop/names.py')
if '--check' in sys.argv:
    now = place.read_text()
    if now != made:
        print(f'{place} is out of date; run: python3 tools/gen.py')
        sys.stdout.writelines(difflib.unified_diff(now.splitlines(True), made.splitlines(True), f'a/{place}', f'b/{place}'))
        sys.exit(1)
else:
    place.write_text(made)
