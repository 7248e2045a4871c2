import { label } from './label.js';

test('a label', () => {
  expect(label('Anna')).toMatchInlineSnapshot(`"Anna"`);
});
