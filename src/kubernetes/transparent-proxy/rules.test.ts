import { expect, it } from 'vitest'
import type { HostFacts } from './host-facts.js'
import { redirectionRules } from './rules.js'
import { readTransparentProxySettings } from './settings.js'

const host: HostFacts = {
  family: 'IPv4',
  uid: '5678',
  loopback: 'lo',
  resolvers: [],
  comments: true,
  conntrackZones: true,
  conntrackStates: true,
  dockerOutput: false,
}

/** The rules without their comments, a line each. */
function rulesOf(given: object, facts: Partial<HostFacts> = {}): string[] {
  const read = readTransparentProxySettings({ comments: { disabled: true }, ...given })
  if ('faults' in read) expect.fail(JSON.stringify(read.faults))
  return redirectionRules(read.settings, { ...host, ...facts })
    .trimEnd()
    .split('\n')
}

const inChain = (chain: string, rules: readonly string[]) => rules.filter((line) => line.split(' ')[1] === chain)

it('redirects what comes in and what leaves, but not what the proxy dials', () => {
  expect(rulesOf({})).toEqual([
    '*nat',
    '-N KUMA_MESH_INBOUND',
    '-N KUMA_MESH_OUTBOUND',
    '-N KUMA_MESH_INBOUND_REDIRECT',
    '-N KUMA_MESH_OUTBOUND_REDIRECT',
    '-A PREROUTING -p tcp -j KUMA_MESH_INBOUND',
    '-A OUTPUT -p tcp -j KUMA_MESH_OUTBOUND',
    '-A KUMA_MESH_INBOUND -p tcp -j KUMA_MESH_INBOUND_REDIRECT',
    '-A KUMA_MESH_OUTBOUND -s 127.0.0.6/32 -o lo -j RETURN',
    '-A KUMA_MESH_OUTBOUND -p tcp -o lo ! -d 127.0.0.1/32 -m owner --uid-owner 5678 -j KUMA_MESH_INBOUND_REDIRECT',
    '-A KUMA_MESH_OUTBOUND -p tcp -o lo -m owner ! --uid-owner 5678 -j RETURN',
    '-A KUMA_MESH_OUTBOUND -m owner --uid-owner 5678 -j RETURN',
    '-A KUMA_MESH_OUTBOUND -d 127.0.0.1/32 -j RETURN',
    '-A KUMA_MESH_OUTBOUND -j KUMA_MESH_OUTBOUND_REDIRECT',
    '-A KUMA_MESH_INBOUND_REDIRECT -p tcp -j REDIRECT --to-ports 15006',
    '-A KUMA_MESH_OUTBOUND_REDIRECT -p tcp -j REDIRECT --to-ports 15001',
    'COMMIT',
  ])
})

it('has addresses of the family, and leaves those of the other out', () => {
  const given = {
    redirect: {
      inbound: { excludePortsForIPs: ['10.0.0.1', 'fd00::/8'] },
      outbound: { excludePortsForIPs: '10.1.0.0/16,fe80::1' },
      vnet: { networks: ['docker0:172.17.0.0/16', 'cni+:fd01::/64'] },
    },
  }
  const rules = rulesOf(given, { family: 'IPv6' })
  expect(inChain('KUMA_MESH_INBOUND', rules)[1]).toBe('-A KUMA_MESH_INBOUND -s fd00::/8 -j RETURN')
  expect(inChain('OUTPUT', rules)[0]).toBe('-I OUTPUT 1 -d fe80::1 -j RETURN')
  expect(inChain('PREROUTING', rules)).toEqual([
    '-I PREROUTING 1 -i cni+ -p udp --dport 53 -j REDIRECT --to-ports 15053',
    '-I PREROUTING 2 ! -d fd01::/64 -i cni+ -p tcp -j REDIRECT --to-ports 15001',
    '-I PREROUTING 3 -p tcp -j KUMA_MESH_INBOUND',
  ])
  expect(rules.join('\n')).not.toMatch(/\b(10|127|172)\./)
  expect(rules).toContain('-A KUMA_MESH_OUTBOUND -s ::6/128 -o lo -j RETURN')
})

it('leaves excluded ports alone, before anything else is said about them', () => {
  const rules = rulesOf({
    redirect: {
      inbound: { port: 16, excludePorts: '9000,9901' },
      outbound: { port: '11', excludePorts: [3306], excludePortsForUIDs: 'tcp:22,80-90:1000-1010;53:7;8' },
    },
  })
  expect(inChain('OUTPUT', rules)).toEqual([
    '-I OUTPUT 1 -p tcp -m multiport --dports 22,80:90 -m owner --uid-owner 1000:1010 -j RETURN',
    '-I OUTPUT 2 -p tcp -m multiport --dports 53 -m owner --uid-owner 7 -j RETURN',
    '-I OUTPUT 3 -p udp -m multiport --dports 53 -m owner --uid-owner 7 -j RETURN',
    '-I OUTPUT 4 -p tcp -m multiport --dports 1:65535 -m owner --uid-owner 8 -j RETURN',
    '-I OUTPUT 5 -p udp -m multiport --dports 1:65535 -m owner --uid-owner 8 -j RETURN',
    '-A OUTPUT -p tcp -j KUMA_MESH_OUTBOUND',
  ])
  expect(inChain('KUMA_MESH_INBOUND', rules).slice(1)).toEqual([
    '-A KUMA_MESH_INBOUND -p tcp --dport 9000 -j RETURN',
    '-A KUMA_MESH_INBOUND -p tcp --dport 9901 -j RETURN',
    '-A KUMA_MESH_INBOUND -p tcp -j KUMA_MESH_INBOUND_REDIRECT',
  ])
  expect(inChain('KUMA_MESH_OUTBOUND', rules)[1]).toBe('-A KUMA_MESH_OUTBOUND -p tcp --dport 3306 -j RETURN')
  expect(rules.slice(-3, -1).map((line) => line.split(' ').at(-1))).toEqual(['16', '11'])
})

it('redirects only included ports, where there are any', () => {
  const rules = rulesOf({ redirect: { inbound: { includePorts: 80, excludePorts: 81 }, outbound: { includePorts: '443' } } })
  expect(inChain('KUMA_MESH_INBOUND', rules).slice(1)).toEqual(['-A KUMA_MESH_INBOUND -p tcp --dport 80 -j KUMA_MESH_INBOUND_REDIRECT'])
  expect(inChain('KUMA_MESH_OUTBOUND', rules).at(-1)).toBe('-A KUMA_MESH_OUTBOUND -p tcp --dport 443 -j KUMA_MESH_OUTBOUND_REDIRECT')
})

it('of a gateway redirects what leaves alone', () => {
  const rules = rulesOf({ redirect: { inbound: { enabled: false } } })
  expect(inChain('KUMA_MESH_INBOUND', rules).slice(1)).toEqual(['-A KUMA_MESH_INBOUND -p tcp -j RETURN'])
})

it('redirects all DNS, and tracks that of the proxy apart', () => {
  const rules = rulesOf({ redirect: { dns: { captureAll: true } } })
  expect(rules.slice(0, 6)).toEqual([
    '*raw',
    '-A PREROUTING -p udp --sport 53 -j CT --zone 1',
    '-A OUTPUT -p udp --dport 53 -m owner --uid-owner 5678 -j CT --zone 1',
    '-A OUTPUT -p udp --sport 15053 -m owner --uid-owner 5678 -j CT --zone 2',
    '-A OUTPUT -p udp --dport 53 -j CT --zone 2',
    'COMMIT',
  ])
  expect(inChain('OUTPUT', rules.slice(6))).toEqual([
    '-I OUTPUT 1 -p udp --dport 53 -m owner --uid-owner 5678 -j RETURN',
    '-I OUTPUT 2 -p udp --dport 53 -j REDIRECT --to-ports 15053',
    '-A OUTPUT -p tcp --dport 53 -m owner ! --uid-owner 5678 -j RETURN',
    '-A OUTPUT -p tcp -j KUMA_MESH_OUTBOUND',
  ])
})

it('redirects DNS to the servers of the host, and none where it has none', () => {
  const dns = { redirect: { dns: { enabled: 'true', port: 53_053 } } }
  const rules = rulesOf(dns, { resolvers: ['10.0.0.2', '127.0.0.11'], dockerOutput: true })
  expect(rules).toContain('-A OUTPUT -s 127.0.0.11 -d 127.0.0.1/32 -p udp -j CT --zone 1')
  expect(inChain('OUTPUT', rules.slice(rules.indexOf('*nat'))).slice(0, 3)).toEqual([
    '-I OUTPUT 1 -p udp --dport 53 -m owner --uid-owner 5678 -j DOCKER_OUTPUT',
    '-I OUTPUT 2 -d 10.0.0.2 -p udp --dport 53 -j REDIRECT --to-ports 53053',
    '-I OUTPUT 3 -d 127.0.0.11 -p udp --dport 53 -j REDIRECT --to-ports 53053',
  ])
  expect(rulesOf(dns)).toEqual(rulesOf({}))
})

it.each([
  ['it is told so', { redirect: { dns: { captureAll: true, skipConntrackZoneSplit: true } } }, {}],
  ['the kernel has no zones', { redirect: { dns: { captureAll: true } } }, { conntrackZones: false }],
  ['Docker has DNS of its own', { redirect: { dns: { captureAll: true } } }, { dockerOutput: true }],
])('does not track DNS apart where %s', (_, given, facts) => {
  expect(rulesOf(given, facts)).not.toContain('*raw')
})

it('logs, drops what belongs to no connection, and goes first where it is told so', () => {
  const rules = rulesOf({
    log: { enabled: true },
    dropInvalidPackets: true,
    redirect: { inbound: { insertRedirectInsteadOfAppend: true }, outbound: { insertRedirectInsteadOfAppend: true } },
  })
  expect(inChain('OUTPUT', rules)).toEqual([
    '-I OUTPUT 1 -j LOG --log-prefix "OUTPUT:" --log-level 7',
    '-I OUTPUT 2 -p tcp -j KUMA_MESH_OUTBOUND',
  ])
  expect(rules).toContain('-I PREROUTING 1 -p tcp -j KUMA_MESH_INBOUND')
  expect(rules.slice(-3)).toEqual(['*mangle', '-A PREROUTING -m conntrack --ctstate INVALID -j DROP', 'COMMIT'])
  expect(rulesOf({ dropInvalidPackets: true }, { conntrackStates: false })).toEqual(rulesOf({}))
})

it('says of each rule what it is good for, short enough for a comment', () => {
  const rules = rulesOf({ comments: { disabled: false }, log: { enabled: true }, redirect: { dns: { captureAll: true } } })
  const made = rules.filter((line) => /^-[AI]/.test(line))
  expect(made.length).toBeGreaterThan(15)
  for (const line of made) expect(line).toMatch(/ -m comment --comment "kuma\/mesh\/transparent\/proxy\/[\w ,]{5,200}" /)
  expect(rulesOf({ comments: { disabled: false } }, { comments: false })).toEqual(rulesOf({}))
})
