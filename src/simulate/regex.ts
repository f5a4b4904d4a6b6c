import { RE2JS } from 're2js'
import { Unevaluated } from './unevaluated.js'

/*
 * Envoy's regular expressions are RE2's: linear in time, another syntax than JavaScript's. Users write them, so JavaScript's own
 * engine, which can be made to run for ever, never sees one.
 */

const compiled = new Map<string, RE2JS>()
const mostKept = 1000

function compile(regex: string): RE2JS {
  let known = compiled.get(regex)
  if (!known) {
    try {
      known = RE2JS.compile(regex)
    } catch (error) {
      throw new Unevaluated(`the regular expression ${JSON.stringify(regex)} is none that RE2 takes: ${(error as Error).message}`)
    }
    if (compiled.size >= mostKept) compiled.clear()
    compiled.set(regex, known)
  }
  return known
}

/** Whether the whole text matches. */
export function matchesWhole(regex: string, text: string): boolean {
  return compile(regex).matches(text)
}

/** Every match replaced, as RE2 does it: `\0` to `\9` stand for groups; an empty match right after another doesn't count. */
export function replaceAll(regex: string, text: string, substitution: string): string {
  const matcher = compile(regex).matcher(text)
  let result = ''
  let end = 0
  let last = -1
  while (matcher.find()) {
    const [from, to] = [matcher.start(), matcher.end()]
    if (from === to && from === last) continue
    result +=
      text.slice(end, from) +
      substitution.replace(/\\(\d|\\)/g, (_, what: string) => (what === '\\' ? '\\' : (matcher.group(Number(what)) ?? '')))
    end = last = to
  }
  return result + text.slice(end)
}
