/** A setting of the transparent proxy: where it is, and the flag that says it. */
export interface SettingFlag {
  /** Such as `redirect.inbound.port`; the variable is called after it. */
  readonly path: string
  /** Left out where only a file or a variable says it. */
  readonly flag?: string
  /** `on`: may stand alone, or with `=false`. `several`: may be said again. Default: a text. */
  readonly sort?: 'on' | 'several'
  readonly description?: string
}

const flow = (way: 'inbound' | 'outbound', chain: string): SettingFlag[] => [
  {
    path: `redirect.${way}.port`,
    flag: `redirect-${way}-port`,
    description: `port of the proxy that ${way} connections are redirected to`,
  },
  { path: `redirect.${way}.includePorts` },
  {
    path: `redirect.${way}.excludePorts`,
    flag: `exclude-${way}-ports`,
    description: `${way} ports that are not redirected, such as 22,9090`,
  },
  {
    path: `redirect.${way}.excludePortsForIPs`,
    flag: `exclude-${way}-ips`,
    sort: 'several',
    description: `addresses whose ${way} connections are not redirected, such as 10.0.0.1,fd00::/8`,
  },
  {
    path: `redirect.${way}.insertRedirectInsteadOfAppend`,
    flag: `redirect-${way}-insert-instead-of-append`,
    sort: 'on',
    description: `redirect ${way} connections by the first rule of the chain ${chain}, not by the last`,
  },
]

export const settingFlags: readonly SettingFlag[] = [
  {
    path: 'kumaDPUser',
    flag: 'kuma-dp-user',
    description: 'name or number of the user that kuma-dp runs as (default: 5678, else kuma-dp)',
  },
  { path: 'kumaDPUser', flag: 'kuma-dp-uid', description: 'the same' },
  { path: 'ipFamilyMode', flag: 'ip-family-mode', description: 'dualstack (default) or ipv4' },
  {
    path: 'redirect.inbound.enabled',
    flag: 'redirect-inbound',
    sort: 'on',
    description: 'redirect inbound connections; false for gateways',
  },
  ...flow('inbound', 'PREROUTING'),
  { path: 'redirect.outbound.enabled' },
  ...flow('outbound', 'OUTPUT'),
  {
    path: 'redirect.outbound.excludePortsForUIDs',
    flag: 'exclude-outbound-ports-for-uids',
    sort: 'several',
    description: 'outbound ports of users that are not redirected: <protocol>:<ports>:<uids>, such as tcp:22,8000-8080:1000-1010',
  },
  { path: 'redirect.dns.enabled', flag: 'redirect-dns', sort: 'on', description: 'redirect DNS to the servers of /etc/resolv.conf' },
  { path: 'redirect.dns.captureAll', flag: 'redirect-all-dns-traffic', sort: 'on', description: 'redirect DNS to whatever server' },
  { path: 'redirect.dns.port', flag: 'redirect-dns-port', description: 'port of kuma-dp that DNS is redirected to' },
  {
    path: 'redirect.dns.skipConntrackZoneSplit',
    flag: 'skip-dns-conntrack-zone-split',
    sort: 'on',
    description: 'do not track the DNS of applications and that of the proxy apart',
  },
  { path: 'redirect.dns.resolvConfigPath' },
  {
    path: 'redirect.vnet.networks',
    flag: 'vnet',
    sort: 'several',
    description: 'virtual networks whose traffic is redirected: <interface>:<CIDR>, such as docker0:172.17.0.0/16 or br+:172.18.0.0/16',
  },
  { path: 'dropInvalidPackets', flag: 'drop-invalid-packets', sort: 'on', description: 'drop packets that belong to no connection' },
  { path: 'log.enabled', flag: 'iptables-logs', sort: 'on', description: 'let the kernel log the packets that rules see' },
  { path: 'log.level' },
  {
    path: 'comments.disabled',
    flag: 'disable-comments',
    sort: 'on',
    description: 'rules without comments: they can only be removed by hand',
  },
  { path: 'wait', flag: 'wait', description: 'seconds that the legacy iptables may wait for its lock' },
  { path: 'waitInterval', flag: 'wait-interval', description: 'microseconds between its looks' },
  { path: 'retry.maxRetries', flag: 'max-retries', description: 'how often applying the rules is tried again' },
  { path: 'retry.sleepBetweenRetries', flag: 'sleep-between-retries', description: 'pause between tries, such as 2s' },
  { path: 'verbose', flag: 'verbose', sort: 'on', description: 'print the rules that are applied' },
  { path: 'dryRun', flag: 'dry-run', sort: 'on', description: 'print the rules and apply nothing' },
  { path: 'ebpf.enabled', flag: 'ebpf-enabled', sort: 'on', description: 'not supported' },
  { path: 'ebpf.bpffsPath', flag: 'ebpf-bpffs-path' },
  { path: 'ebpf.cgroupPath', flag: 'ebpf-cgroup-path' },
  { path: 'ebpf.tcAttachIface', flag: 'ebpf-tc-attach-iface' },
  { path: 'ebpf.programsSourcePath', flag: 'ebpf-programs-source-path' },
  { path: 'ebpf.instanceIP', flag: 'ebpf-instance-ip' },
  { path: 'storeFirewalld', flag: 'store-firewalld', sort: 'on', description: 'not supported' },
]

/** `redirect.outbound.excludePortsForUIDs` is `KUMA_TRANSPARENT_PROXY_REDIRECT_OUTBOUND_EXCLUDE_PORTS_FOR_UIDS`. */
export function variableOf(path: string): string {
  const words = path.replace(/([a-z])([A-Z])/g, '$1_$2').replace(/([A-Z])([A-Z][a-z]{2})/g, '$1_$2')
  return `KUMA_TRANSPARENT_PROXY_${words.replaceAll('.', '_').toUpperCase()}`
}
