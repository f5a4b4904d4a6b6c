import type { Issue } from '../../core/issue.js'
import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { Resource } from '../../core/resource.js'
import { buildCollectorPipes } from '../collector-pipes.js'
import type { MeshContext } from '../mesh-context.js'
import { type SealedPool, byFirst, messagesOf, sealBytes, sealMessage } from '../seal.js'
import { type ResourceTypeName, type SealedResource, type Snapshot, resourceTypes } from '../snapshot.js'
import { type ProxyOptions, type Translation, draftProxy } from '../translate.js'
import { type CertificateNeeds, type Certificates, certificatesFor } from './certificates.js'
import { isHashed } from './node-stand-in.js'
import { type Piece, fillPiece, filledName, originOf, pieceOf, samePiece } from './piece.js'
import { type Hole, type StandIn, watched } from './stand-in.js'

/** One type's resources: those that all proxies alike share, and those in which each proxy's own address stands. */
interface Content {
  readonly shared: ReadonlyMap<string, SealedResource>
  readonly pieces: readonly Piece[]
}

/** What proxies that are alike get, but for what is each one's own. */
export interface Template {
  readonly content: Readonly<Record<ResourceTypeName, Content>>
  /** `own`: about the proxy itself, whoever it is. */
  readonly issues: readonly { readonly issue: Issue; readonly own: boolean }[]
  readonly needs: CertificateNeeds
  /** Whether something was looked at in which proxies differ that are otherwise alike: then it holds for this proxy alone. */
  readonly personal: boolean
}

/**
 * Builds what the stand-in gets.
 * @param before the template that this one replaces: what stays the same stays the same object
 * @returns `undefined` where policies patch finished resources, or what tells proxies apart is hashed: those are each proxy's own
 */
export function buildTemplate(
  mesh: MeshContext,
  { dataplane, holes }: StandIn,
  options: ProxyOptions,
  pool: SealedPool,
  before?: Template,
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
  const contentOf = (type: ResourceTypeName): Content => {
    const { codec, byName } = messages[type]
    const shared = new Map<string, SealedResource>()
    const pieces: Piece[] = []
    for (const [name, message] of [...byName].sort(byFirst)) {
      if (Object.isFrozen(message)) {
        shared.set(name, sealMessage(type, codec, name, message, pool))
        continue
      }
      const bytes = codec.encode(message).finish()
      const piece = pieceOf(type, codec, name, bytes, holes)
      if (piece) pieces.push(piece)
      else shared.set(name, sealBytes(type, name, message, bytes, pool))
    }
    return keepContent(before?.content[type], { shared, pieces })
  }
  const { secrets, workloadIdentity } = proxy
  const { name, mtls, trustDomains } = mesh
  return {
    content: Object.fromEntries(resourceTypes.map(({ name: type }) => [type, contentOf(type)])) as unknown as Template['content'],
    issues: draft.issues.map((issue) => ({ issue, own: issue.resource === subject })),
    needs: { mesh: { name, mtls, trustDomains }, secrets, workloadIdentity },
    personal,
  }
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

/** What one proxy was given, and from what. */
export interface Given {
  readonly template: Template
  readonly holes: readonly Hole[]
  readonly certificates: Certificates
  readonly translation: Translation
}

/**
 * What the template means for one proxy.
 * @param before what the proxy was given last: what stays the same stays the same object
 */
export function fillTemplate(
  template: Template,
  dataplane: Resource<DataplaneSpec>,
  holes: readonly Hole[],
  options: ProxyOptions,
  pool: SealedPool,
  before?: Given,
): Given {
  const former = before && sameHoles(before.holes, holes) ? before : undefined
  const certificates = certificatesFor(template.needs, dataplane, options, pool, before?.certificates)
  const resourcesOf = (type: ResourceTypeName): ReadonlyMap<string, SealedResource> => {
    const content = template.content[type]
    const own = certificates.resources[type]
    if (content.pieces.length === 0 && own.size === 0) return content.shared
    const last = former?.translation.snapshot[type]
    if (last && former.template.content[type] === content && former.certificates.resources[type] === own) return last
    const filled = content.pieces.map((piece): [string, SealedResource] => {
      const known = last?.get(filledName(piece, holes))
      const resource = known && originOf(known) === piece ? known : fillPiece(piece, holes, pool.digest)
      return [resource.name, resource]
    })
    return new Map([...content.shared, ...filled, ...own].sort(byFirst))
  }
  const snapshot = Object.freeze(Object.fromEntries(resourceTypes.map(({ name }) => [name, resourcesOf(name)])) as unknown as Snapshot)
  const issues = template.issues.map(({ issue, own }): Issue => (own ? { ...issue, resource: dataplane } : issue))
  return { template, holes, certificates, translation: { snapshot, issues: [...issues, ...certificates.issues] } }
}

function sameHoles(a: readonly Hole[], b: readonly Hole[]): boolean {
  return a.length === b.length && a.every(({ value }, i) => value === b[i]?.value)
}
