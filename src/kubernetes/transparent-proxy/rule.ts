/** What comments begin with: by them our rules are found again among those of others. */
export const commentPrefix = 'kuma/mesh/transparent/proxy/'
/** What our chains begin with. */
export const chainPrefix = 'KUMA_MESH_'

export const chains = {
  inbound: `${chainPrefix}INBOUND`,
  outbound: `${chainPrefix}OUTBOUND`,
  inboundRedirect: `${chainPrefix}INBOUND_REDIRECT`,
  outboundRedirect: `${chainPrefix}OUTBOUND_REDIRECT`,
} as const

/** A rule of iptables. */
export interface Rule {
  readonly chain: string
  /** What is matched, and what becomes of it. */
  readonly does: string
  /** What it is good for, in words. */
  readonly why: string
  /** Before the rules that are there; those that are put first keep their order. */
  readonly first?: boolean
}

export interface Table {
  readonly name: 'raw' | 'nat' | 'mangle'
  readonly chains: readonly string[]
  readonly rules: readonly Rule[]
}

/** Tables as `iptables-restore --noflush` reads them. A table without rules is left out. */
export function restoreText(tables: readonly Table[], comments: boolean): string {
  return tables
    .filter(({ rules }) => rules.length > 0)
    .map(
      ({ name, chains: own, rules }) =>
        `${[`*${name}`, ...own.map((chain) => `-N ${chain}`), ...lines(rules, comments)].join('\n')}\nCOMMIT\n`,
    )
    .join('')
}

function lines(rules: readonly Rule[], comments: boolean): string[] {
  const first = new Map<string, number>()
  return rules.map((rule) => {
    const comment = comments ? ` -m comment --comment "${commentPrefix}${rule.why}"` : ''
    if (!rule.first) return `-A ${rule.chain}${comment} ${rule.does}`
    const place = (first.get(rule.chain) ?? 0) + 1
    first.set(rule.chain, place)
    return `-I ${rule.chain} ${place}${comment} ${rule.does}`
  })
}
