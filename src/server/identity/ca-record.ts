import { CaRotation, type CaRotationSpec, caRotationName } from '../../core/kinds/internal.js'
import type { ResourceKey } from '../../core/resource.js'
import { loadCa } from '../ca/load.js'
import type { DataSourceAccess } from '../data-source.js'
import type { KnownCa, RecallRotation, Rotation } from './ca-rotation.js'

/** Where it is kept which CAs proxies of a mesh believe. */
export function caRecordKey(mesh: string): ResourceKey {
  return { type: CaRotation.type, mesh, name: caRotationName }
}

/** As it is kept: never with a key. */
export function recordOf({ ca, before }: Rotation): CaRotationSpec {
  const plain = ({ backend, certificate }: KnownCa) => ({ backend, certificate })
  return { current: plain(ca), ...(before && { former: { ...plain(before.ca), since: new Date(before.since).toISOString() } }) }
}

/** @returns undefined for what doesn't say a CA */
export function readRecord({ current, former }: CaRotationSpec): Rotation | undefined {
  const ca = caIn(current)
  const old = caIn(former)
  const since = Date.parse(former?.since ?? '')
  return ca && { ca, ...(old && !Number.isNaN(since) && { before: { ca: old, since } }) }
}

function caIn({ backend = '', certificate = '' }: NonNullable<CaRotationSpec['current']> = {}): KnownCa | undefined {
  return certificate === '' ? undefined : { backend, certificate }
}

/** Reads what control planes know of meshes' rotations, with the keys that are still there. */
export function recallFrom(access: DataSourceAccess): RecallRotation {
  return async (mesh) => {
    const stored = await access.store.get(caRecordKey(mesh))
    const kept = stored && readRecord(stored.resource.spec as CaRotationSpec)
    if (!kept) return undefined
    const { ca, before } = kept
    return {
      ca: await withKey(access, mesh, ca),
      ...(before && { before: { ...before, ca: await withKey(access, mesh, before.ca) } }),
    }
  }
}

/** The secrets of a builtin CA outlast its backend. */
async function withKey(access: DataSourceAccess, mesh: string, ca: KnownCa): Promise<KnownCa> {
  const pair = await loadCa(access, mesh, { name: ca.backend, type: 'builtin' }).catch(() => undefined)
  return pair?.certificate === ca.certificate ? { ...ca, privateKey: pair.privateKey } : ca
}
