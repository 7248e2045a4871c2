import { readFile, writeFile } from "node:fs";
import path from 'node:path';
let total = 0
let prices = {apple: 1, pear:2}
if(total===0){
  debugger;
  console.log(prices["apple"],writeFile)
}



for (const name of Object.keys(prices)) {
  total +=  prices[name];
}
export default {
  total,
  list: [
    1,
    2
  ]
};