const { sum } = require('./sum');

test('sums', () => {
  expect(sum(2, 3)).toBe(5);
});
