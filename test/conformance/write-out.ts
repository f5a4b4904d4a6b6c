import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerOf } from './answer.js'
import type { ConformanceCase } from './cases.js'
import { checks, expectationOf } from './run.js'

/** Writes a case as files: input.yaml, metadata.json, and both answers check by check, to be held against each other. */
export function writeOut(testCase: ConformanceCase, folder: string): void {
  const target = join(folder, testCase.group, testCase.name)
  mkdirSync(target, { recursive: true })
  const write = (name: string, value: unknown) => writeFileSync(join(target, name), `${JSON.stringify(value, undefined, 1)}\n`)
  writeFileSync(join(target, 'input.yaml'), testCase.input)
  if (Object.keys(testCase.metadata).length > 0) write('metadata.json', testCase.metadata)
  for (const [check, expected] of Object.entries(expectationOf(testCase))) write(`${check}.expected.json`, sorted(expected))
  for (const [check, got] of Object.entries(answerOf(testCase, checks))) write(`${check}.got.json`, sorted(got))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
