import { applyAll } from '../core/apply.js'
import type { Issue } from '../core/issue.js'
import { parse } from '../core/parse.js'
import { type ErrorBody, type Refusal, toErrorBody } from '../core/refusal.js'
import type { Resource } from '../core/resource.js'
import { checkCaPair } from '../server/ca/check.js'
import { createFleet } from '../translate/fleet.js'
import { registry } from '../translate/kinds.js'
import { type SnapshotJson, placeholderCertificate, rawFault, snapshotJson } from '../protojson/index.js'
import { findings } from './findings.js'
import { placeholderOptions } from './placeholders.js'

/** A text of resources; the name stands in positions of issues. */
export interface OfflineFile {
  readonly name: string
  readonly text: string
}

export interface OfflineOptions {
  /** Refuse unknown fields instead of dropping them with a warning. Default: false. */
  readonly strict?: boolean
  /** What a control plane has before the files are applied to it. Default: it is a fresh one. */
  readonly onto?: OntoState
}

export interface OntoState {
  readonly resources: readonly Resource[]
  /** Gives the time of each write, later than any that is stored. */
  readonly times: () => string
}

export interface TranslateOptions extends OfflineOptions {
  /** Only proxies of this mesh. */
  readonly mesh?: string
  /** Only the proxy of this name. */
  readonly dataplane?: string
  /** Node metadata by dataplane, as the proxy would send it. */
  readonly metadata?: { readonly [dataplane: string]: { readonly [key: string]: unknown } }
}

/** What a fresh control plane holds after the files were applied to it. */
export interface OfflineState {
  /** In the order in which they were stored: the mesh `default` and what meshes bring with them are among them. */
  readonly resources: readonly Resource[]
  readonly refusals: readonly Refusal[]
  /** Everything that was noticed, in the order of the files; what was refused is among it. */
  readonly issues: readonly Issue[]
}

export interface OfflineTranslation extends OfflineState {
  /** By `<mesh>/<dataplane>`, zone proxies by `/<name>`; sorted. */
  readonly proxies: { readonly [proxy: string]: SnapshotJson }
}

/** A resource that the control plane would refuse, and the body that its REST API would answer. */
export interface RefusedResource {
  readonly type: string
  /** `null` for kinds that belong to no mesh. */
  readonly mesh: string | null
  readonly name: string
  readonly status: number
  readonly body: ErrorBody
}

/**
 * Applies the files in their order to a fresh Universal zone control plane whose zone is named `default`, without one.
 * Resources that carry a creation time, computed labels or a status are taken as stored.
 */
export function applyOffline(files: readonly OfflineFile[], { strict = false, onto }: OfflineOptions = {}): OfflineState {
  const parsed = files.map(({ name, text }) => parse(text, registry, { strict, file: name, rawFault }))
  const items = parsed.flatMap((result) => result.items)
  const { resources, refusals } = applyAll([...(onto?.resources ?? []), ...items], {
    registry,
    defaultMesh: onto === undefined,
    times: onto?.times,
    checkCaPair,
    certificateOf: ({ spec }) => spec.provider?.bundled?.ca?.certificate?.insecureInline?.value ?? placeholderCertificate,
  })
  return { resources, refusals, issues: findings(items, refusals) }
}

/** What each proxy of the files would get, as JSON, certificates and keys masked. */
export function translateOffline(files: readonly OfflineFile[], options: TranslateOptions = {}): OfflineTranslation {
  const state = applyOffline(files, options)
  const fleet = createFleet(state.resources)
  const common = placeholderOptions(state.resources)
  const wanted = fleet
    .proxies()
    .filter(({ mesh, name }) => (options.mesh ?? mesh) === mesh && (options.dataplane ?? name) === name)
    .map((proxy) => ({
      key: `${proxy.mesh ?? ''}/${proxy.name}`,
      ...fleet.translate(proxy, { ...common, metadata: options.metadata?.[proxy.name] }),
    }))
  return {
    ...state,
    proxies: Object.fromEntries(wanted.map(({ key, snapshot }) => [key, snapshotJson(snapshot)])),
    issues: [...state.issues, ...wanted.flatMap(({ issues }) => issues)],
  }
}

/** What was refused, in the order of the files, as the REST API would say it. */
export function refusedResources({ refusals }: OfflineState): RefusedResource[] {
  return refusals.map((refusal) => {
    const { type, mesh, name } = refusal.resource
    return { type, mesh: mesh ?? null, name, status: refusal.status, body: toErrorBody(refusal) }
  })
}
