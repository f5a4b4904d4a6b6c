import { type Family, familyOf } from './exclusions.js'
import type { HostFacts } from './host-facts.js'
import { type Rule, type Table, chains } from './rule.js'
import type { TransparentProxySettings } from './settings.js'

/** From here the proxy dials the application: what comes from this address was at the proxy already. */
const passthrough = { IPv4: '127.0.0.6/32', IPv6: '::6/128' } as const
const localhost = { IPv4: '127.0.0.1/32', IPv6: '::1/128' } as const

/** Who goes where: the table `nat`. */
export function natTable({ redirect, log }: TransparentProxySettings, host: HostFacts): Table {
  const logged = (chain: string, first: boolean): Rule[] =>
    log.enabled ? [{ chain, does: `-j LOG --log-prefix "${chain}:" --log-level ${log.level}`, why: 'log what comes here', first }] : []
  return {
    name: 'nat',
    chains: [chains.inbound, chains.outbound, chains.inboundRedirect, chains.outboundRedirect],
    rules: [
      ...logged('PREROUTING', false),
      ...prerouting(redirect, host.family),
      ...logged('OUTPUT', true),
      ...exclusions(redirect, host.family),
      ...dns(redirect, host),
      {
        chain: 'OUTPUT',
        does: `-p tcp -j ${chains.outbound}`,
        why: 'what leaves',
        first: redirect.outbound.insertRedirectInsteadOfAppend,
      },
      ...inbound(redirect.inbound, host.family),
      ...outbound(redirect.outbound, host),
      redirected(chains.inboundRedirect, redirect.inbound.port, 'to the proxy, as inbound'),
      redirected(chains.outboundRedirect, redirect.outbound.port, 'to the proxy, as outbound'),
    ],
  }
}

type Redirect = TransparentProxySettings['redirect']

const redirected = (chain: string, port: number, why: string): Rule => ({ chain, does: `-p tcp -j REDIRECT --to-ports ${port}`, why })

function prerouting(
  { inbound: { insertRedirectInsteadOfAppend: insert }, outbound: { port }, dns: { port: dnsPort }, vnet }: Redirect,
  family: Family,
) {
  const networks = vnet.networks
    .filter(({ cidr }) => familyOf(cidr) === family)
    .flatMap(({ interface: name, cidr }): Rule[] => [
      rule('PREROUTING', `-i ${name} -p udp --dport 53 -j REDIRECT --to-ports ${dnsPort}`, `DNS of ${name}`, true),
      rule('PREROUTING', `! -d ${cidr} -i ${name} -p tcp -j REDIRECT --to-ports ${port}`, `what leaves the network of ${name}`, true),
    ])
  return [...networks, rule('PREROUTING', `-p tcp -j ${chains.inbound}`, 'what comes in', insert || networks.length > 0)]
}

function exclusions({ outbound: { excludePortsForUIDs, excludePortsForIPs } }: Redirect, family: Family): Rule[] {
  const users = excludePortsForUIDs
    .flat()
    .map(({ protocol, ports, uids }) => `-p ${protocol} -m multiport --dports ${ports} -m owner --uid-owner ${uids} -j RETURN`)
  const addresses = excludePortsForIPs.filter((address) => familyOf(address) === family).map((address) => `-d ${address} -j RETURN`)
  return [...users, ...addresses].map((does) => rule('OUTPUT', does, 'excluded', true))
}

function dns({ dns: { enabled, captureAll, port } }: Redirect, { uid, resolvers, dockerOutput }: HostFacts): Rule[] {
  if (!(captureAll || (enabled && resolvers.length > 0))) return []
  const asked = captureAll ? [''] : resolvers.map((address) => `-d ${address} `)
  return [
    rule(
      'OUTPUT',
      `-p udp --dport 53 -m owner --uid-owner ${uid} -j ${dockerOutput ? 'DOCKER_OUTPUT' : 'RETURN'}`,
      'DNS of the proxy',
      true,
    ),
    ...asked.map((to) => rule('OUTPUT', `${to}-p udp --dport 53 -j REDIRECT --to-ports ${port}`, 'DNS, to the proxy', true)),
    rule('OUTPUT', `-p tcp --dport 53 -m owner ! --uid-owner ${uid} -j RETURN`, 'DNS over TCP is left alone'),
  ]
}

function inbound({ enabled, includePorts, excludePorts, excludePortsForIPs }: Redirect['inbound'], family: Family): Rule[] {
  const at = chains.inbound
  if (!enabled) return [rule(at, '-p tcp -j RETURN', 'inbound is not redirected')]
  return [
    ...excludePortsForIPs
      .filter((address) => familyOf(address) === family)
      .map((address) => rule(at, `-s ${address} -j RETURN`, 'excluded address')),
    ...onPorts(at, includePorts, excludePorts, chains.inboundRedirect),
    ...(includePorts.length === 0 ? [rule(at, `-p tcp -j ${chains.inboundRedirect}`, 'all others')] : []),
  ]
}

function onPorts(at: string, included: readonly number[], excluded: readonly number[], target: string): Rule[] {
  if (included.length > 0) return included.map((port) => rule(at, `-p tcp --dport ${port} -j ${target}`, 'included port'))
  return excluded.map((port) => rule(at, `-p tcp --dport ${port} -j RETURN`, 'excluded port'))
}

function outbound({ enabled, includePorts, excludePorts }: Redirect['outbound'], { family, uid, loopback }: HostFacts): Rule[] {
  const at = chains.outbound
  if (!enabled) return [rule(at, '-p tcp -j RETURN', 'outbound is not redirected')]
  const included = onPorts(at, includePorts, [], chains.outboundRedirect)
  return [
    ...(included.length > 0 ? [] : onPorts(at, [], excludePorts, '')),
    rule(at, `-s ${passthrough[family]} -o ${loopback} -j RETURN`, 'from the proxy to its application'),
    rule(
      at,
      `-p tcp -o ${loopback} ! -d ${localhost[family]} -m owner --uid-owner ${uid} -j ${chains.inboundRedirect}`,
      'a service that dials itself by way of the proxy comes in',
    ),
    rule(at, `-p tcp -o ${loopback} -m owner ! --uid-owner ${uid} -j RETURN`, 'applications among themselves'),
    rule(at, `-m owner --uid-owner ${uid} -j RETURN`, 'what the proxy dials'),
    rule(at, `-d ${localhost[family]} -j RETURN`, 'what stays on this host'),
    ...(included.length > 0 ? included : [rule(at, `-j ${chains.outboundRedirect}`, 'all others')]),
  ]
}

const rule = (chain: string, does: string, why: string, first = false): Rule => ({ chain, does, why, first })
