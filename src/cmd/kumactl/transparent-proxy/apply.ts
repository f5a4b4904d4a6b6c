import type { HostFacts } from '../../../kubernetes/transparent-proxy/host-facts.js'
import { removalOf } from '../../../kubernetes/transparent-proxy/removal.js'
import { redirectionRules } from '../../../kubernetes/transparent-proxy/rules.js'
import type { TransparentProxySettings } from '../../../kubernetes/transparent-proxy/settings.js'
import type { Terminal } from '../context.js'
import { CliFailure } from '../failure.js'
import { addPassthroughAddress, hasIPv6, loopbackName, resolversOf, userNumber } from './host.js'
import { type Iptables, can, findIptables, hasDockerOutput, restore } from './iptables.js'

/** What a host is like before its iptables is asked: there, everything works. */
const capable = { comments: true, conntrackZones: true, conntrackStates: true, dockerOutput: false }

/** Prints the rules; the host's iptables is not asked. */
export async function printRules(settings: TransparentProxySettings, terminal: Terminal): Promise<void> {
  for (const family of familiesOf(settings)) {
    const host = { ...(await withoutIptables(settings, family)), ...capable }
    terminal.out(`### ${family} ###\n\n${redirectionRules(settings, host)}\n`)
  }
}

/** Redirects the host's traffic to its proxy; what an earlier run did is replaced. @throws CliFailure */
export async function applyRules(settings: TransparentProxySettings, terminal: Terminal): Promise<void> {
  const iptables = await findIptables('IPv4')
  await replace(iptables, settings, terminal)
  if (!familiesOf(settings).includes('IPv6')) return
  const fault = await addPassthroughAddress(loopbackName())
  if (fault !== undefined) return terminal.err(`IPv6 is not redirected: ::6 can't be an address of the loopback interface: ${fault}\n`)
  await replace(await findIptables('IPv6', [iptables.mode]), settings, terminal)
}

/** Takes the rules away that {@link applyRules} made. @throws CliFailure */
export async function removeRules(settings: TransparentProxySettings, terminal: Terminal): Promise<void> {
  const { mode } = await removeFrom(await findIptables('IPv4'), settings, terminal)
  if (hasIPv6()) await removeFrom(await findIptables('IPv6', [mode]), settings, terminal)
}

const familiesOf = ({ ipFamilyMode }: TransparentProxySettings): readonly HostFacts['family'][] =>
  ipFamilyMode === 'dualstack' && hasIPv6() ? ['IPv4', 'IPv6'] : ['IPv4']

async function withoutIptables({ kumaDPUser, redirect: { dns } }: TransparentProxySettings, family: HostFacts['family']) {
  const resolvers = dns.enabled && !dns.captureAll ? resolversOf(dns.resolvConfigPath, family) : []
  return { family, uid: await userNumber(kumaDPUser), loopback: loopbackName(), resolvers }
}

async function replace(iptables: Iptables, settings: TransparentProxySettings, terminal: Terminal): Promise<void> {
  const host = { ...(await withoutIptables(settings, iptables.family)), ...(await abilities(iptables)) }
  for (const warning of warningsOf(settings, host)) terminal.err(`${iptables.family}: ${warning}\n`)
  const rules = redirectionRules(settings, host)
  await removeFrom(iptables, { ...settings, dryRun: false }, terminal)
  if (settings.verbose) terminal.out(`### ${iptables.family} (${iptables.mode}) ###\n\n${rules}\n`)
  await restore(iptables, rules, settings)
}

async function abilities(iptables: Iptables) {
  return {
    comments: await can(iptables, 'nat', '-m comment --comment "x" -j RETURN'),
    conntrackZones: await can(iptables, 'raw', '-p udp -j CT --zone 1'),
    conntrackStates: await can(iptables, 'mangle', '-m conntrack --ctstate INVALID -j DROP'),
    dockerOutput: hasDockerOutput(iptables.saved),
  }
}

function warningsOf({ redirect: { dns }, dropInvalidPackets }: TransparentProxySettings, host: HostFacts): string[] {
  const redirectsDns = dns.captureAll || dns.enabled
  const onlyServers = dns.enabled && !dns.captureAll && host.resolvers.length === 0
  return [
    ...(onlyServers ? [`DNS is not redirected: ${dns.resolvConfigPath} names no server`] : []),
    ...(redirectsDns && !dns.skipConntrackZoneSplit && !host.conntrackZones
      ? ['the DNS of applications and that of the proxy are not tracked apart: the kernel has no zones']
      : []),
    ...(dropInvalidPackets && !host.conntrackStates ? ['packets of no connection are not dropped: the kernel does not tell them'] : []),
  ]
}

async function removeFrom(iptables: Iptables, settings: TransparentProxySettings, terminal: Terminal): Promise<Iptables> {
  const removal = removalOf(iptables.saved)
  if (!removal.ok) throw new CliFailure(`${iptables.family}: ${removal.message}`)
  if (settings.dryRun) terminal.out(`### ${iptables.family} ###\n\n${removal.text}\n`)
  else await restore(iptables, removal.text, settings)
  return iptables
}
