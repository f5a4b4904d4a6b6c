import { expect, test } from 'vitest'
import { answerOf, kubernetesCases, kubernetesFaults, storedAnswerOf } from './golden.js'

test.each(kubernetesCases().map((golden) => [golden.name, golden] as const))('%s is answered as written down', (_name, golden) => {
  expect(answerOf(golden)).toBe(storedAnswerOf(golden))
})

test('every case says what it proves and no file belongs to none', () => {
  expect(kubernetesFaults()).toEqual([])
})
