import { expect, test } from 'vitest'
import { cannotUnmarshal, goQuote, invalidNumberText } from './go.js'
import { base64Error } from './schema/base64.js'

test.each([
  ['a "b" \\', '"a \\"b\\" \\\\"'],
  ['tab\tline\nend', '"tab\\tline\\nend"'],
  ['ü 日本', '"ü 日本"'],
  ['\u0001\u200b', '"\\x01\\u200b"'],
])('quotes %j', (text, quoted) => expect(goQuote(text)).toBe(quoted))

test.each([
  [1, 'string', 'json: cannot unmarshal number into Go value of type string'],
  [1.5, 'uint32', 'json: cannot unmarshal number 1.5 into Go value of type uint32'],
  [true, 'string', 'json: cannot unmarshal bool into Go value of type string'],
  [[], 'string', 'json: cannot unmarshal array into Go value of type string'],
])('%j is no %s', (value, type, message) => expect(cannotUnmarshal(value, type)).toBe(message))

test('texts where numbers belong', () => {
  expect(invalidNumberText('http')).toBe("invalid character 'h' looking for beginning of value")
  expect(invalidNumberText('80x')).toBe("invalid character 'x' after top-level value")
  expect(invalidNumberText('')).toBe('unexpected end of JSON input')
})

test.each([
  ['aGVsbG8=', undefined],
  ['', undefined],
  ['YQ==', undefined],
  ['%%%', 0],
  ['aGVs%G8=', 4],
  ['YQ=', 3],
  ['Y', 1],
])('base64 %j', (text, at) => expect(base64Error(text)).toBe(at === undefined ? undefined : `illegal base64 data at input byte ${at}`))
