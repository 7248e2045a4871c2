const { page } = require('./page');

test('greets', () => {
  expect(page('Ada')).toMatchSnapshot();
});
