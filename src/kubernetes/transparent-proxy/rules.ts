import type { HostFacts } from './host-facts.js'
import { natTable } from './nat.js'
import { type Rule, type Table, restoreText } from './rule.js'
import type { TransparentProxySettings } from './settings.js'

/**
 * The rules that redirect a host's traffic to its proxy.
 * @returns a text for `iptables-restore --noflush`, or `ip6tables-restore`
 */
export function redirectionRules(settings: TransparentProxySettings, host: HostFacts): string {
  const comments = host.comments && !settings.comments.disabled
  return restoreText([rawTable(settings, host), natTable(settings, host), mangleTable(settings, host)], comments)
}

/**
 * Questions of applications and those of the proxy get zones of their own. In one zone the proxy may ask a server from a
 * port from which an application asked it: the answer then takes the wrong way back.
 */
function rawTable({ redirect: { dns } }: TransparentProxySettings, { uid, resolvers, conntrackZones, dockerOutput }: HostFacts): Table {
  const table = { name: 'raw', chains: [] } as const
  const asked = dns.captureAll ? [undefined] : dns.enabled ? resolvers : []
  if (asked.length === 0 || dns.skipConntrackZoneSplit || !conntrackZones || (dockerOutput && dns.captureAll))
    return { ...table, rules: [] }
  const zone = (chain: string, match: string, number: 1 | 2, why: string): Rule => ({ chain, does: `${match} -j CT --zone ${number}`, why })
  const from = (server: string | undefined) => (server ? `-s ${server} ` : '')
  const to = (server: string | undefined) => (server ? `-d ${server} ` : '')
  return {
    ...table,
    rules: [
      ...asked.map((server) => zone('PREROUTING', `${from(server)}-p udp --sport 53`, 1, 'answers to the proxy')),
      zone('OUTPUT', `-p udp --dport 53 -m owner --uid-owner ${uid}`, 1, 'questions of the proxy'),
      zone('OUTPUT', `-p udp --sport ${dns.port} -m owner --uid-owner ${uid}`, 2, 'answers of the proxy'),
      ...asked.flatMap((server) => [
        zone('OUTPUT', `${to(server)}-p udp --dport 53`, 2, 'questions of applications'),
        // A server on this host may answer from a port that is not 53: Docker's does.
        ...(server && isLoopback(server)
          ? [zone('OUTPUT', `-s ${server} -d ${loopbackOf(server)} -p udp`, 1, 'answers of this host')]
          : []),
      ]),
    ],
  }
}

const isLoopback = (address: string) => address.startsWith('127.') || address === '::1'
const loopbackOf = (address: string) => (address.includes(':') ? '::1/128' : '127.0.0.1/32')

function mangleTable({ dropInvalidPackets }: TransparentProxySettings, { conntrackStates }: HostFacts): Table {
  const does = '-m conntrack --ctstate INVALID -j DROP'
  const rules = dropInvalidPackets && conntrackStates ? [{ chain: 'PREROUTING', does, why: 'packets of no connection' }] : []
  return { name: 'mangle', chains: [], rules }
}
