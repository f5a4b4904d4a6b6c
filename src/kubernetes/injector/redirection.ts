import { booleanOf, isDelegatedGateway, names, numberOf, switchOf, type Values } from '../annotations.js'

const defaults = { uid: '5678', ipFamilyMode: 'dualstack', outboundPort: 15001, inboundPort: 15006, dnsPort: 15053 }

/** Whether what comes in for a Pod goes through its sidecar. @throws AnnotationFault */
export const redirectsInbound = (annotations: Values): boolean => !isDelegatedGateway(annotations)

/**
 * The flags of `kumactl install transparent-proxy` for an injected Pod; what is its default is left out.
 * @param annotations the Pod's, with what the injector writes
 * @throws AnnotationFault
 */
export function redirectionFlags(annotations: Values): string[] {
  return [
    ...unless('kuma-dp-user', annotations[names.sidecarUid], defaults.uid),
    ...unless('ip-family-mode', annotations[names.ipFamilyMode], defaults.ipFamilyMode),
    ...unless('redirect-outbound-port', numberOf(annotations, names.outboundPort), defaults.outboundPort),
    ...unless('exclude-outbound-ports', annotations[names.excludeOutboundPorts]),
    ...unless('exclude-outbound-ips', addresses(annotations[names.excludeOutboundIps])),
    ...(annotations[names.excludeOutboundPortsForUids]?.split(';') ?? []).flatMap((rule) =>
      unless('exclude-outbound-ports-for-uids', rule),
    ),
    ...inbound(annotations),
    ...dns(annotations),
    ...ebpf(annotations),
    ...when('drop-invalid-packets', booleanOf(annotations, names.dropInvalidPackets)),
    ...when('iptables-logs', booleanOf(annotations, names.iptablesLogs)),
    '--verbose',
  ]
}

function inbound(annotations: Values): string[] {
  if (!redirectsInbound(annotations)) return ['--redirect-inbound=false']
  const probeProxy = numberOf(annotations, names.probeProxyPort) || undefined
  const excluded = [annotations[names.excludeInboundPorts], probeProxy].filter(Boolean).join(',')
  return [
    ...unless('redirect-inbound-port', numberOf(annotations, names.inboundPort), defaults.inboundPort),
    ...unless('exclude-inbound-ports', excluded),
    ...unless('exclude-inbound-ips', addresses(annotations[names.excludeInboundIps])),
  ]
}

function dns(annotations: Values): string[] {
  if (!switchOf(annotations, names.builtinDns)) return []
  return ['--redirect-all-dns-traffic', ...unless('redirect-dns-port', numberOf(annotations, names.builtinDnsPort), defaults.dnsPort)]
}

function ebpf(annotations: Values): string[] {
  if (!switchOf(annotations, names.ebpf)) return []
  const variable = annotations[names.ebpfInstanceIpVariable]
  return [
    '--ebpf-enabled',
    ...unless('ebpf-bpffs-path', annotations[names.ebpfBpffsPath]),
    ...unless('ebpf-cgroup-path', annotations[names.ebpfCgroupPath]),
    ...unless('ebpf-tc-attach-iface', annotations[names.ebpfTcAttachIface]),
    ...unless('ebpf-programs-source-path', annotations[names.ebpfProgramsPath]),
    ...(variable ? [`--ebpf-instance-ip=$(${variable})`] : []),
  ]
}

function unless(flag: string, value: string | number | undefined, fallback?: string | number): string[] {
  return value === undefined || value === '' || value === 0 || value === fallback ? [] : [`--${flag}=${value}`]
}

const when = (flag: string, on: boolean | undefined): string[] => (on ? [`--${flag}`] : [])

const addresses = (list: string | undefined) =>
  list
    ?.split(',')
    .map((address) => address.trim())
    .filter(Boolean)
    .join(',')
