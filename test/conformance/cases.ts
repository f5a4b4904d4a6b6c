import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { parseAllDocuments } from 'yaml'

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../fixtures/conformance')

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** An input and what the real kuma-cp answered; see fixtures/conformance/README.md. */
export interface ConformanceCase {
  readonly group: string
  readonly name: string
  /** What to apply: stored.yaml where the answer depends on allocated values, else input.yaml. */
  readonly input: string
  /** Node metadata by dataplane. */
  readonly metadata: { readonly [dataplane: string]: JsonObject }
  /** xDS state by proxy; empty where the input is refused. */
  readonly snapshots: { readonly [proxy: string]: JsonObject }
  /** Answers of the inspect endpoint `_rules` by proxy. */
  readonly rules: { readonly [proxy: string]: JsonObject }
  /** Set where the input is refused. */
  readonly refusal?: { readonly resource: JsonObject; readonly status: number; readonly body: JsonObject }
  /** Every resource as the API returned it afterwards. */
  readonly resources: readonly JsonObject[]
  /** Kinds that the input uses. */
  readonly kinds: ReadonlySet<string>
}

type Files = { readonly [file: string]: string }

/** Names of the groups, e.g. `legacy`. */
export function groupNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json.br'))
    .map((file) => file.replace('.json.br', ''))
    .sort()
}

/** The cases of a group, in the order of their names. */
export function casesOf(group: string, wanted: (name: string) => boolean = () => true): ConformanceCase[] {
  const packed = JSON.parse(brotliDecompressSync(readFileSync(join(folder, `${group}.json.br`))).toString()) as Record<string, Files>
  return Object.entries(packed)
    .filter(([name]) => wanted(name))
    .map(([name, files]) => caseOf(group, name, files))
}

function caseOf(group: string, name: string, files: Files): ConformanceCase {
  const input = files['stored.yaml'] ?? files['input.yaml'] ?? ''
  const expected = Object.entries(files).filter(([file]) => /^expected\/.*\.json$/.test(file) && file !== 'expected/error.json')
  const parsed = (ending: RegExp, not?: RegExp) =>
    Object.fromEntries(
      expected
        .filter(([file]) => ending.test(file) && !not?.test(file))
        .map(([file, text]) => [file.replace('expected/', '').replace(ending, ''), JSON.parse(text) as JsonObject]),
    )
  const refusal = files['expected/error.json']
  return {
    group,
    name,
    input,
    metadata: files['metadata.json'] ? JSON.parse(files['metadata.json']) : {},
    snapshots: parsed(/\.json$/, /\.rules\.json$/),
    rules: parsed(/\.rules\.json$/),
    ...(refusal && { refusal: JSON.parse(refusal) }),
    resources: JSON.parse(files['resources.json'] ?? '[]'),
    kinds: new Set([...input.matchAll(/^type: (\w+)/gm)].map(([, type]) => type ?? '')),
  }
}

/** The documents of a YAML text, as plain values. */
export function documentsOf(text: string): JsonObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as JsonObject | null)
    .filter((value): value is JsonObject => value !== null)
}
