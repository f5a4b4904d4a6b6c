import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { SnapshotJson } from '../protojson/index.js'

/** Files that answer a question, by their names. */
export type GoldenAnswer = ReadonlyMap<string, string>

const types = ['listeners', 'clusters', 'routes', 'endpoints', 'secrets'] as const

/** What proxies get as files: one an xDS type, empty ones absent, and what was noticed on the way. */
export function goldenAnswer(proxies: { readonly [proxy: string]: SnapshotJson }, issues: readonly object[]): GoldenAnswer {
  const files = types.map((type) => {
    const having = Object.entries(proxies).flatMap(([proxy, snapshot]) => (snapshot[type] ? [[proxy, snapshot[type]]] : []))
    return [`${type}.yaml`, having.length > 0 ? yaml(Object.fromEntries(having)) : ''] as const
  })
  return new Map([...files, ['issues.yaml', issues.length > 0 ? yaml(issues) : ''] as const].filter(([, text]) => text !== ''))
}

const yaml = (value: unknown) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })

/** What is written down in a folder, beside files that belong to the question. */
export function storedAnswer(folder: string, questions: readonly string[] = []): GoldenAnswer {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => !questions.includes(file)) : []
  return new Map(files.sort().map((file) => [file, readFileSync(join(folder, file), 'utf8')]))
}

/** Writes the answer down, and takes away what is no longer part of it. Gives the names of the files that changed or went. */
export function rewriteAnswer(folder: string, answer: GoldenAnswer, questions: readonly string[] = []): string[] {
  const stored = storedAnswer(folder, questions)
  const changed = [...answer].filter(([file, text]) => stored.get(file) !== text).map(([file]) => file)
  const gone = [...stored.keys()].filter((file) => !answer.has(file))
  mkdirSync(folder, { recursive: true })
  for (const file of changed) writeFileSync(join(folder, file), answer.get(file) ?? '')
  for (const file of gone) rmSync(join(folder, file), { recursive: true })
  return [...changed, ...gone]
}
