import { expect, test } from 'vitest'
import { matchesWhole, replaceAll } from './regex.js'

test.each([
  ['.*', '/abc', '/x', '/x'],
  ['a', '/aba', 'b', '/bbb'],
  ['^/([^/]*)', '/one/two', '/r/\\1', '/r/one/two'],
  ['^/([a-z]*).*', '/one/two', 'h-\\1', 'h-one'],
  ['a*', 'baac', 'x', 'xbxcx'],
  ['a', '/a', '\\1', '/a'],
  ['a', '/a', '\\\\', '/\\'],
])('%s on %s', (regex, text, substitution, expected) => {
  expect(replaceAll(regex, text, substitution)).toBe(expected)
})

test('the whole text has to match, in RE2’s syntax', () => {
  expect(matchesWhole('a', 'ab')).toBe(false)
  expect(matchesWhole('(?i)ab', 'AB')).toBe(true)
  expect(() => matchesWhole('(?=a)', 'a')).toThrow('is none that RE2 takes')
})
