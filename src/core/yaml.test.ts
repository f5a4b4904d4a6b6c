import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDocuments } from './yaml.js'

test.each([undefined, 2, '\t'])('JSON, indented by %j, is read as JSON', (indent) => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = JSON.stringify(value, undefined, indent)
      const [document] = readDocuments(text)
      expect(document?.faults).toEqual([])
      expect(JSON.stringify(document?.value)).toBe(JSON.stringify(JSON.parse(text)))
    }),
  )
})

test.each([
  ['.nan', 'is no number that JSON has'],
  ['-.inf', 'is no number that JSON has'],
])('%s is refused', (text, message) => {
  expect(readDocuments(`a: ${text}`)[0]).toMatchObject({ faults: [{ code: 'invalid-yaml', message, position: { line: 1, column: 4 } }] })
})
