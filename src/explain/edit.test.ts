import { expect, it } from 'vitest'
import { anotherScalar, disturbed, replaced, without } from './edit.js'

it.each([
  ['5s', '6s'],
  ['1h30m', '2h30m'],
  ['10.0.0.1', '10.0.0.2'],
  ['10.0.0.254/8', '10.0.0.1/8'],
  ['50.5', '51.5'],
  ['web', 'webx'],
  [8080, 8081],
  [65_535, 65_534],
  [true, false],
])('%s becomes %s', (before, after) => expect(anotherScalar(before)).toBe(after))

it('takes away and replaces without touching what it was given', () => {
  const value = Object.freeze({ list: Object.freeze([1, 2, 3]), map: new Map([['k', { a: 1 }]]) })
  expect(without(value, ['list', 1])).toEqual({ list: [1, 3], map: value.map })
  expect(without(value, ['map', 'k'])).toEqual({ list: [1, 2, 3], map: new Map() })
  expect(replaced(value, ['map', 'k', 'a'], () => 2)).toEqual({ list: [1, 2, 3], map: new Map([['k', { a: 2 }]]) })
  expect(disturbed(value, (place) => place[0] !== 'map')).toEqual({ list: [2, 3, 4], map: value.map })
})
