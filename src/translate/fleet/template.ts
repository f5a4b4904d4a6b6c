import type { Issue } from '../../core/issue.js'
import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { Resource } from '../../core/resource.js'
import { ClusterLoadAssignment } from '../../gen/envoy/config/endpoint/v3/endpoint.js'
import { buildCollectorPipes } from '../collector-pipes.js'
import { type DestinationEndpoints, assignmentOf } from '../destination-endpoints.js'
import type { EndpointMap } from '../endpoints.js'
import type { MeshContext } from '../mesh-context.js'
import { type SealedPool, byFirst, messagesOf, sealBytes, sealMessage } from '../seal.js'
import { type ResourceTypeName, type SealedResource, type Snapshot, resourceTypes } from '../snapshot.js'
import { type ProxyOptions, type Translation, draftProxy } from '../translate.js'
import { type CertificateNeeds, type Certificates, certificatesFor } from './certificates.js'
import { type Hole, sameHoles } from './hole.js'
import { isHashed } from './node-stand-in.js'
import { OpenEncoder } from './open-writer.js'
import { type Piece, fillPieces, filledName, originOf, pieceOf, samePiece } from './piece.js'
import { type StandIn, watched } from './stand-in.js'

/** One type's resources: those that all proxies alike share, and those in which each proxy's own address stands. */
interface Content {
  readonly shared: ReadonlyMap<string, SealedResource>
  readonly pieces: readonly Piece[]
}

export type Contents = Readonly<Record<ResourceTypeName, Content>>

/** What proxies that are alike get, but for what is each one's own. */
export interface Template {
  /** Without the endpoints that are looked up. */
  readonly contents: Contents
  /** Endpoints to be looked up, by cluster. */
  readonly destinations: ReadonlyMap<string, DestinationEndpoints>
  /** `own`: about the proxy itself, whoever it is. */
  readonly issues: readonly { readonly issue: Issue; readonly own: boolean }[]
  readonly needs: CertificateNeeds
  /** Whether something was looked at in which proxies differ that are otherwise alike: then it holds for this proxy alone. */
  readonly personal: boolean
}

/**
 * Builds what the stand-in gets.
 * @param before what was made of the template that this one replaces: what stays the same stays the same object
 * @returns `undefined` where policies patch finished resources, or what tells proxies apart is hashed or in bytes: those are each
 *   proxy's own
 */
export function buildTemplate(
  mesh: MeshContext,
  { dataplane, holes }: StandIn,
  options: ProxyOptions,
  pool: SealedPool,
  before?: Contents,
): Template | undefined {
  let personal = false
  const subject = watched(dataplane, () => {
    personal = true
  })
  const { draft, proxy, matching } = draftProxy(mesh, subject, options)
  let patched = false
  matching.each((slots) => {
    patched ||= slots.patch !== undefined
  })
  if (patched) return undefined
  buildCollectorPipes(proxy, draft)
  if (isHashed(draft, holes)) return undefined
  const messages = messagesOf(draft)
  const encoder = new OpenEncoder(holes)
  const contentOf = (type: ResourceTypeName): Content => {
    const { codec, byName } = messages[type]
    const shared = new Map<string, SealedResource>()
    const pieces: Piece[] = []
    for (const [name, message] of [...byName].sort(byFirst)) {
      if (Object.isFrozen(message)) {
        shared.set(name, sealMessage(type, codec, name, message, pool))
        continue
      }
      const content = encoder.encode(codec, message)
      if (content.places.length > 0) pieces.push(pieceOf(type, codec, name, content, holes))
      else shared.set(name, sealBytes(type, name, message, content.bytes, pool))
    }
    return keepContent(before?.[type], { shared, pieces })
  }
  const { secrets, workloadIdentity } = proxy
  const { name, mtls, trustDomains } = mesh
  const contents = Object.fromEntries(resourceTypes.map(({ name: type }) => [type, contentOf(type)])) as unknown as Contents
  if (encoder.opaque) return undefined
  return {
    contents,
    destinations: draft.destinationEndpoints,
    issues: draft.issues.map((issue) => ({ issue, own: issue.resource === subject })),
    needs: { mesh: { name, mtls, trustDomains }, secrets, workloadIdentity },
    personal,
  }
}

/**
 * The template's contents with the endpoints looked up.
 * @param before what it is to replace: what stays the same stays the same object
 */
export function withEndpoints({ contents, destinations }: Template, mesh: EndpointMap, pool: SealedPool, before?: Contents): Contents {
  if (destinations.size === 0) return contents
  const { shared, pieces } = contents.endpoints
  const lookedUp = [...destinations].map(([name, destination]): [string, SealedResource] => [
    name,
    sealMessage('endpoints', ClusterLoadAssignment, name, assignmentOf(name, destination, mesh), pool),
  ])
  const endpoints = { shared: new Map([...shared, ...lookedUp].sort(byFirst)), pieces }
  return { ...contents, endpoints: keepContent(before?.endpoints, endpoints) }
}

/** The former content where nothing has changed; otherwise the former pieces that are still the same. */
function keepContent(before: Content | undefined, after: Content): Content {
  if (!before) return after
  const known = new Map(before.pieces.map((piece) => [piece.name, piece]))
  const pieces = after.pieces.map((piece) => {
    const former = known.get(piece.name)
    return former && samePiece(former, piece) ? former : piece
  })
  const samePieces = pieces.length === before.pieces.length && pieces.every((piece, i) => piece === before.pieces[i])
  const sameShared = before.shared.size === after.shared.size && [...after.shared].every(([name, one]) => before.shared.get(name) === one)
  if (samePieces && sameShared) return before
  return { shared: sameShared ? before.shared : after.shared, pieces }
}

/** What was made of the piece before, if the resource is that. */
function keptOf(piece: Piece, resource: SealedResource | undefined): SealedResource[] {
  return resource && originOf(resource) === piece ? [resource] : []
}

/** What one proxy was given, and from what. */
export interface Given {
  readonly contents: Contents
  readonly holes: readonly Hole[]
  readonly certificates: Certificates
  readonly translation: Translation
}

/**
 * What the template means for one proxy.
 * @param contents those of the template, endpoints included
 * @param before what the proxy was given last: what stays the same stays the same object
 */
export function fillTemplate(
  template: Template,
  contents: Contents,
  dataplane: Resource<DataplaneSpec>,
  holes: readonly Hole[],
  options: ProxyOptions,
  pool: SealedPool,
  before?: Given,
): Given {
  const former = before && sameHoles(before.holes, holes) ? before : undefined
  const certificates = certificatesFor(template.needs, dataplane, options, pool, before?.certificates)
  const resourcesOf = (type: ResourceTypeName): ReadonlyMap<string, SealedResource> => {
    const content = contents[type]
    const own = certificates.resources[type]
    if (content.pieces.length === 0 && own.size === 0) return content.shared
    const last = former?.translation.snapshot[type]
    if (last && former.contents[type] === content && former.certificates.resources[type] === own) return last
    const kept = last ? content.pieces.flatMap((piece) => keptOf(piece, last.get(filledName(piece, holes)))) : []
    const origins = new Set(kept.map(originOf))
    const filled = fillPieces(kept.length > 0 ? content.pieces.filter((piece) => !origins.has(piece)) : content.pieces, holes, pool.digest)
    const open = [...kept, ...filled].map((resource): [string, SealedResource] => [resource.name, resource])
    return new Map([...content.shared, ...open, ...own].sort(byFirst))
  }
  const snapshot = Object.freeze(Object.fromEntries(resourceTypes.map(({ name }) => [name, resourcesOf(name)])) as unknown as Snapshot)
  const issues = template.issues.map(({ issue, own }): Issue => (own ? { ...issue, resource: dataplane } : issue))
  return { contents, holes, certificates, translation: { snapshot, issues: [...issues, ...certificates.issues] } }
}
