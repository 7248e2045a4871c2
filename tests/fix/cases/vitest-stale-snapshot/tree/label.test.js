import { label } from './label.js';

test('a label', () => {
  expect(label('Anna', 3)).toMatchSnapshot();
});
