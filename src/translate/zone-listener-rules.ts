import type { FilterChainDraft } from './draft.js'
import { type InboundRule, mergeConfs } from './rules/index.js'

/**
 * What rules say of all who reach a chain of a zone proxy, the weakest first: those without a match, then those of the server name
 * that the chain is for. Rules for single callers are neither.
 */
export function confsForAll<Conf>(rules: readonly InboundRule<Conf>[], { message }: FilterChainDraft): readonly Conf[] {
  const names = message.filterChainMatch?.serverNames ?? []
  const open = rules.filter(({ match }) => match === undefined)
  const ofService = rules.filter(({ match }) => match && !match.spiffeID && match.sni && names.includes(match.sni.value))
  return [open, ofService].flatMap((list) => mergeConfs(list.map(({ conf }) => conf)) as readonly Conf[])
}
