import type { Violation } from '../../../core/kind.js'
import { affectsInbounds, checkTargetRef } from '../../../core/target-ref.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type { MeshTlsSpec, TlsConf } from './schema.js'
import { tlsVersions } from './versions.js'

/** The rules of a MeshTLS that its shape can't say. */
export function validateTls(spec: MeshTlsSpec): Violation[] {
  const root = collect('spec')
  const { targetRef, rules = [], from = [] } = spec
  checkTargetRef(root.field('targetRef'), targetRef, { kinds: ['Mesh', 'MeshSubset', 'Dataplane'], inbound: affectsInbounds(spec) })
  if (rules.length > 0 && from.length > 0) root.add("field 'from' must be empty when 'rules' is defined")
  const wholeMesh = (targetRef?.kind ?? 'Mesh') === 'Mesh'
  for (const [i, rule] of rules.entries()) checkConf(root.field('rules').index(i).field('default'), rule.default, wholeMesh)
  for (const [i, entry] of from.entries()) {
    const at = root.field('from').index(i)
    checkTargetRef(at.field('targetRef'), entry.targetRef, { kinds: ['Mesh'] })
    checkConf(at.field('default'), entry.default, wholeMesh)
  }
  return root.violations
}

/** Client and server have to agree on versions and ciphers, so only the whole mesh may have a say. */
function checkConf(at: Place, { tlsCiphers = [], tlsVersion }: TlsConf = {}, wholeMesh: boolean): void {
  const only = 'can only be defined with top level targetRef kind: Mesh'
  if (tlsCiphers.length > 0 && !wholeMesh) at.field('tlsCiphers').add(`tlsCiphers ${only}`)
  if (!tlsVersion) return
  if (!wholeMesh) return at.field('tlsVersion').add(`tlsVersion ${only}`)
  const { min, max } = tlsVersion
  if (max !== 'TLSAuto' && tlsVersions.indexOf(min) > tlsVersions.indexOf(max))
    at.field('tlsVersion.min').add('min version must be lower than max')
}
