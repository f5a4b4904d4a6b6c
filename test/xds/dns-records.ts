import type { TestProxy } from './proxy.js'

/** Host names and addresses that kuma-dp is told. */
export function dnsRecords({ held }: Pick<TestProxy, 'held'>): Record<string, string> {
  const bytes = held.listeners.get('system_dynamicconfig') ?? held.listeners.get('_kuma:dynamicconfig')
  const body = /\{"records":.*?\],"ttl"/.exec(Buffer.from(bytes ?? []).toString())?.[0]
  const parsed = JSON.parse(`${body?.slice(0, -',"ttl"'.length) ?? '{"records":[]'}}`) as { records: { name: string; ips: string[] }[] }
  return Object.fromEntries(parsed.records.map(({ name, ips }) => [name, ips[0] ?? '']))
}
