import path from 'node:path'

var cache = {}

export function load(name) {
  let file = path.join('data', name + '.json')
  cache[name] = { name: name, file: file }
  return cache[name];
}
