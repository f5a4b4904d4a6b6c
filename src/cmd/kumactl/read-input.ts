import { readFileSync, readdirSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { request } from 'undici'
import type { Terminal } from './context.js'
import { CliFailure } from './failure.js'

export interface InputText {
  /** Path, URL, or `-`. */
  readonly source: string
  readonly text: string
}

const extensions = new Set(['.yaml', '.yml', '.json'])

/** Reads what `-f` names: a file, a folder (its YAML and JSON files by name), a URL, or `-` for standard input. */
export async function readInput(source: string, terminal: Terminal): Promise<InputText[]> {
  if (source === '-') return [{ source, text: await terminal.readStdin() }]
  if (/^https?:\/\//.test(source)) return [{ source, text: await readUrl(source) }]
  try {
    if (!statSync(source).isDirectory()) return [{ source, text: readFileSync(source, 'utf8') }]
    return readdirSync(source)
      .sort()
      .map((name) => join(source, name))
      .filter((path) => extensions.has(extname(path).toLowerCase()) && statSync(path).isFile())
      .map((path) => ({ source: path, text: readFileSync(path, 'utf8') }))
  } catch (error) {
    throw new CliFailure(`${source}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function readUrl(url: string): Promise<string> {
  const response = await request(url, { headersTimeout: 10_000, bodyTimeout: 10_000 }).catch((error: unknown) => {
    throw new CliFailure(`${url}: ${error instanceof Error ? error.message : String(error)}`)
  })
  if (response.statusCode !== 200) throw new CliFailure(`${url}: the server answered ${response.statusCode}`)
  return response.body.text()
}
