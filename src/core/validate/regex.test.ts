import { expect, test } from 'vitest'
import { isRegex } from './regex.js'

test.each([
  '',
  'a.*b',
  '^kuma_(?P<name>x+)$',
  '(?i)abc',
  '(?i:abc)(?s)',
  '\\d+\\.\\pL[[:alpha:]]',
  '\\Q(\\E',
  'a{,5}',
  'x{1000}',
  '\\x{10FFFF}\\z',
])('takes %s', (text) => expect(isRegex(text)).toBe(true))

test.each(['(', ')', '[', '*a', 'a**', '(?=a)', '(?<!a)', '(a)\\1', '\\y', 'a\\', 'x{1001}', 'a{2,1}', '[b-a]'])('refuses %s', (text) =>
  expect(isRegex(text)).toBe(false),
)
