import { AnnotationFault, type Values, isDelegatedGateway, names, numberOf, switchOf } from '../annotations.js'
import type { InjectorSettings } from './settings.js'

/** How the probes of a Pod reach its application without a certificate. */
export interface ProbePorts {
  readonly virtualProbes: boolean
  readonly virtualProbesPort: number
  /** 0: no probe proxy. */
  readonly probeProxyPort: number
}

type ProbeDefaults = Pick<InjectorSettings, 'virtualProbesEnabled' | 'virtualProbesPort' | 'applicationProbeProxyPort'>

/** @throws AnnotationFault */
export function probePorts(annotations: Values, settings: ProbeDefaults): ProbePorts {
  return {
    virtualProbes: virtualProbes(annotations, settings),
    virtualProbesPort: numberOf(annotations, names.virtualProbesPort) ?? settings.virtualProbesPort,
    probeProxyPort: probeProxyPort(annotations, settings),
  }
}

function virtualProbes(annotations: Values, { virtualProbesEnabled }: ProbeDefaults): boolean {
  const told = switchOf(annotations, names.virtualProbes)
  if (isDelegatedGateway(annotations)) {
    if (told) throw new AnnotationFault(`annotation "${names.virtualProbes}": virtual probes can't be enabled in gateway mode`)
    return false
  }
  // Whoever turns the proxy off gets what it took the place of.
  if (numberOf(annotations, names.probeProxyPort) === 0) return true
  return told ?? virtualProbesEnabled
}

function probeProxyPort(annotations: Values, { applicationProbeProxyPort }: ProbeDefaults): number {
  const told = numberOf(annotations, names.probeProxyPort)
  if (annotations[names.gateway] === undefined) return told ?? applicationProbeProxyPort
  if (told) throw new AnnotationFault(`annotation "${names.probeProxyPort}": application probe proxies can't be enabled in gateway mode`)
  return 0
}
