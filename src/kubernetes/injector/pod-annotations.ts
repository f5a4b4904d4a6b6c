import { names, numberOf, switchOf, type Values } from '../annotations.js'
import { probePorts } from './probe-ports.js'
import type { InjectionContext, InjectorSettings } from './settings.js'

/** What the injector writes on a Pod: what kuma-init, a CNI plugin and the controllers go by. @throws AnnotationFault */
export function injectedAnnotations(annotations: Values, { settings, adminPort }: InjectionContext): Values {
  const { sidecarContainer, sidecarTraffic, cniEnabled } = settings
  const { virtualProbes, virtualProbesPort, probeProxyPort } = probePorts(annotations, settings)
  const told = (name: string, fallback: string) => annotations[name] ?? fallback
  return {
    [names.sidecarInjected]: 'true',
    [names.transparentProxying]: 'enabled',
    [names.sidecarUid]: String(sidecarContainer.uid),
    [names.outboundPort]: String(sidecarContainer.redirectPortOutbound),
    [names.inboundPort]: String(sidecarContainer.redirectPortInbound),
    [names.ipFamilyMode]: told(names.ipFamilyMode, sidecarContainer.ipFamilyMode || 'dualstack'),
    [names.envoyAdminPort]: String(numberOf(annotations, names.envoyAdminPort) ?? adminPort),
    [names.virtualProbes]: virtualProbes ? 'enabled' : 'disabled',
    [names.virtualProbesPort]: String(virtualProbesPort),
    [names.probeProxyPort]: String(probeProxyPort),
    ...(cniEnabled && { [names.cniNetworks]: 'kuma-cni' }),
    ...ebpf(annotations, settings.ebpf),
    ...dns(annotations, settings.builtinDNS),
    ...present({
      [names.excludeInboundPorts]: told(names.excludeInboundPorts, sidecarTraffic.excludeInboundPorts.join(',')),
      [names.excludeOutboundPorts]: told(names.excludeOutboundPorts, sidecarTraffic.excludeOutboundPorts.join(',')),
      [names.excludeInboundIps]: told(names.excludeInboundIps, sidecarTraffic.excludeInboundIPs.join(',')),
      [names.excludeOutboundIps]: told(names.excludeOutboundIps, sidecarTraffic.excludeOutboundIPs.join(',')),
    }),
  }
}

function present(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
}

function dns(annotations: Values, settings: InjectorSettings['builtinDNS']): Values {
  if (!(switchOf(annotations, names.builtinDns) ?? settings.enabled)) return {}
  return {
    [names.builtinDns]: 'enabled',
    [names.builtinDnsPort]: String(numberOf(annotations, names.builtinDnsPort) ?? settings.port),
    [names.builtinDnsLogging]: String(switchOf(annotations, names.builtinDnsLogging) ?? settings.logging),
  }
}

function ebpf(annotations: Values, settings: InjectorSettings['ebpf']): Values {
  if (!(switchOf(annotations, names.ebpf) ?? settings.enabled)) return {}
  return {
    [names.ebpf]: 'enabled',
    ...present({
      [names.ebpfBpffsPath]: annotations[names.ebpfBpffsPath] ?? settings.bpffsPath,
      [names.ebpfCgroupPath]: annotations[names.ebpfCgroupPath] ?? settings.cgroupPath,
      [names.ebpfTcAttachIface]: annotations[names.ebpfTcAttachIface] ?? settings.tcAttachIface,
      [names.ebpfProgramsPath]: annotations[names.ebpfProgramsPath] ?? settings.programsSourcePath,
      [names.ebpfInstanceIpVariable]: annotations[names.ebpfInstanceIpVariable] ?? '',
    }),
  }
}
