import type { Answer, Packet } from 'dns-packet'
import { isIP } from 'node:net'

/** What the control plane tells kuma-dp of the mesh's host names, at `/dns` of its dynamic configuration. */
export interface DnsConfig {
  readonly records?: readonly { readonly name: string; readonly ips?: readonly string[] | null }[] | null
  /** Seconds that an answer holds. */
  readonly ttl?: number
}

/** The mesh's own names. */
export interface DnsRecords {
  /** Answers by name, in lower case. A name without an address of a kind is known all the same. */
  readonly names: ReadonlyMap<string, readonly string[]>
  readonly ttl: number
}

export const noRecords: DnsRecords = { names: new Map(), ttl: 0 }

/** @throws Error where the text is no such configuration */
export function readDnsConfig(text: string): DnsRecords {
  const { records, ttl = 0 } = JSON.parse(text) as DnsConfig
  return { ttl, names: new Map((records ?? []).map(({ name, ips }) => [name.toLowerCase(), ips ?? []])) }
}

const authoritative = 1 << 10
const recursion = { desired: 1 << 8, available: 1 << 7 } as const

/** What to answer to a query for one of the mesh's names. Nothing for any other: whoever knows more is to be asked. */
export function answerOf(query: Packet, { names, ttl }: DnsRecords): Packet | undefined {
  const [question] = query.questions ?? []
  if (!question || (question.type !== 'A' && question.type !== 'AAAA')) return undefined
  const addresses = names.get(question.name.toLowerCase())
  if (!addresses) return undefined
  const family = question.type === 'A' ? 4 : 6
  return {
    type: 'response',
    id: query.id,
    flags: authoritative | recursion.available | ((query.flags ?? 0) & recursion.desired),
    questions: [question],
    answers: addresses
      .filter((address) => isIP(address) === family)
      .map((data) => ({ name: question.name, type: question.type, class: 'IN', ttl, data }) as Answer),
  }
}
