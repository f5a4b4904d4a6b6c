import { expect, it } from 'vitest'
import { callerRules } from './caller-routes.js'
import type { InboundRule, Match } from './rules/index.js'

const exact = (value: string, sni?: string): Match => ({
  spiffeID: { type: 'Exact', value },
  ...(sni && { sni: { type: 'Exact', value: sni } }),
})
const prefix = (value: string): Match => ({ spiffeID: { type: 'Prefix', value } })
const rule = (match: Match | undefined, conf: string) => ({ match, conf }) as unknown as InboundRule<string>

it('gives each match once, the most specific first, with all that cover it, the strongest last', () => {
  const rules = [
    rule(prefix('spiffe://d/'), 'short'),
    rule(exact('spiffe://d/web'), 'weak'),
    rule(prefix('spiffe://d/w'), 'long'),
    rule(exact('spiffe://d/web'), 'strong'),
  ]
  expect(callerRules(rules)).toEqual([
    { match: exact('spiffe://d/web'), confs: ['short', 'long', 'weak', 'strong'] },
    { match: prefix('spiffe://d/w'), confs: ['short', 'long'] },
    { match: prefix('spiffe://d/'), confs: ['short'] },
  ])
})

it('prefers matches that name a server, which others cover and which cover no others', () => {
  const rules = [rule(exact('spiffe://d/web'), 'any'), rule(exact('spiffe://d/web', 'orders'), 'orders')]
  expect(callerRules(rules).map(({ confs }) => confs)).toEqual([['any', 'orders'], ['any']])
})

it('leaves out rules without an identity', () => {
  expect(callerRules([rule(undefined, 'all'), rule({ sni: { type: 'Exact', value: 'x' } }, 'sni')])).toEqual([])
})
