import { writeFile } from 'node:fs';
let total = 0;
const prices = { apple: 1, pear:2 };
if (total === 0) {
  console.log(prices.apple, writeFile);
}

for (const name of Object.keys(prices)) {
  total += prices[name];
}
export default {
  total,
  list: [
    1,
    2,
  ],
};
