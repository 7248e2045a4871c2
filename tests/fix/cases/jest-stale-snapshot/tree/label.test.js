const { label } = require('./label');

test('a label', () => {
  expect(label('Anna', 3)).toMatchSnapshot();
});

test('no name', () => {
  expect(label('', 0)).toMatchSnapshot();
});
