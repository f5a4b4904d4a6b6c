import type { Violation } from '../kind.js'
import { checkHostname } from '../validate/hostname.js'
import { checkPort } from '../validate/ports.js'
import { type TagRules, checkSelector, checkSelectors, forbidKeys, protocolTag, serviceTag, zoneTag } from '../validate/tags.js'
import { type Place, collect } from '../validate/violations.js'
import type { MeshGatewayListener, MeshGatewaySpec } from './mesh-gateway.js'

/** Tags that only Dataplanes have. */
const gatewayTags: TagRules = { extraKey: forbidKeys('kuma.io/external-service-name', protocolTag, serviceTag, zoneTag) }

export function validateMeshGateway({ selectors, tags, conf }: MeshGatewaySpec): Violation[] {
  const root = collect()
  const atMostOneSelector = conf?.listeners?.some(({ crossMesh }) => crossMesh) === true
  checkSelectors(root.field('selectors'), selectors, { requireSelector: true, atMostOneSelector, requireTag: true, requireService: true })
  checkSelector(root.field('tags'), tags, gatewayTags)
  if (!conf) {
    root.field('conf').add('cannot be empty')
    return root.violations
  }
  const at = root.field('conf.listeners')
  const listeners = conf.listeners ?? []
  if (listeners.length === 0) at.add('cannot be empty')
  for (const [i, listener] of listeners.entries()) checkListener(at.index(i), listener)
  checkPortsAgree(at, listeners)
  return root.violations
}

function checkListener(at: Place, { hostname, port, protocol, crossMesh, tls, tags }: MeshGatewayListener): void {
  if (hostname) checkHostname(at.field('hostname'), hostname)
  checkPort(at.field('port'), port)
  if (!protocol) at.field('protocol').add('cannot be empty')
  if (protocol === 'HTTPS') {
    if (crossMesh) at.field('protocol').add('protocol is not supported with crossMesh')
    else if (!tls) at.field('tls').add('cannot be empty')
    else if (tls.mode === 'PASSTHROUGH') at.field('tls.mode').add('mode is not supported on HTTPS listeners')
  }
  if (tls && crossMesh && (tls.mode || tls.certificates?.length)) at.field('tls').add('must be empty with crossMesh')
  if (tls && !crossMesh) checkTls(at.field('tls'), tls)
  checkSelector(at.field('tags'), tags, gatewayTags)
}

function checkTls(at: Place, { mode, certificates = [] }: NonNullable<MeshGatewayListener['tls']>): void {
  if (!mode) at.field('mode').add('cannot be empty')
  if (mode !== 'TERMINATE') return
  if (certificates.length === 0) at.field('certificates').add('cannot be empty in TLS termination mode')
  if (certificates.length > 2) at.field('certificates').add('cannot have more than 2 certificates')
}

/** Listeners of one port become one listener of Envoy: what they say must not contradict. */
function checkPortsAgree(at: Place, listeners: readonly MeshGatewayListener[]): void {
  const onPort = (port: number | undefined) => listeners.filter((other) => other.port === port)
  for (const [i, { port, protocol }] of listeners.entries()) {
    if (onPort(port).some((other) => other.protocol !== protocol)) at.index(i).add('protocol conflicts with other listeners on this port')
  }
  for (const [i, { port, hostname }] of listeners.entries()) {
    const same = onPort(port).filter((other) => (other.hostname || '*') === (hostname || '*'))
    if (same.length > 1) at.index(i).add('multiple listeners for hostname on this port')
  }
  for (const [i, { port, resources }] of listeners.entries()) {
    const limit = resources?.connectionLimit
    const others = onPort(port).flatMap((other) => other.resources?.connectionLimit ?? [])
    if (limit && others.some((other) => other !== limit))
      at.index(i).field('resources.connectionLimit').add('conflicting values for this port')
  }
}
