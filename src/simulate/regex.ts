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

/**
 * Every match replaced, as RE2 does it: `\0` to `\9` stand for groups; an empty match right after another doesn't count. A
 * substitution that names a group which the expression doesn't have replaces nothing.
 */
export function replaceAll(regex: string, text: string, substitution: string): string {
  const expression = compile(regex)
  const groups = [...substitution.matchAll(/\\(\d|\\)/g)].map(([, what]) => (what === '\\' ? 0 : Number(what)))
  if (groups.some((group) => group > expression.groupCount())) return text
  const matcher = expression.matcher(text)
  let result = ''
  let end = 0
  let last = -1
  while (matcher.find()) {
    const [from, to] = [matcher.start(), matcher.end()]
    if (from === to && from === last) continue
    const substitute = (_: string, what: string) => (what === '\\' ? '\\' : (matcher.group(Number(what)) ?? ''))
    result += text.slice(end, from) + substitution.replace(/\\(\d|\\)/g, substitute)
    end = last = to
  }
  return result + text.slice(end)
}
