import type { CertificatePair } from '../certificates.js'

/** A mesh's CA with the backend that it belongs to. */
export interface SigningCa extends CertificatePair {
  readonly backend: string
}

/** A CA that may be known by its certificate alone. */
export interface KnownCa extends Omit<SigningCa, 'privateKey'> {
  readonly privateKey?: string
}

/** Where a mesh is between two CAs. */
export interface Rotation {
  /** The one that the mesh's resource names. */
  readonly ca: KnownCa
  /** The one before, as long as it counts, and since when it is that, in milliseconds since 1970. */
  readonly before?: { readonly ca: KnownCa; readonly since: number }
}

/** What holds for a mesh at a time of its rotation, or outside of one. */
export interface RotationStage {
  /** Signs the certificates that proxies get now. */
  readonly signer: SigningCa
  /** PEM texts of all CAs whose certificates proxies believe now. */
  readonly trusted: readonly string[]
  /** When another stage begins, in milliseconds since 1970. Undefined: it is not known to. */
  readonly until?: number
}

/** Takes meshes from one CA to another without a connection that is refused meanwhile. */
export interface CaRotations {
  /** The mesh's stage now that its resource names this CA. */
  stageOf(mesh: string, ca: SigningCa, now: Date): Promise<RotationStage>
}

/** What is known of a mesh's rotation from before this control plane first saw the mesh. */
export type RecallRotation = (mesh: string) => Promise<Rotation | undefined>

/**
 * Proxies learn of a change one after the other, so that three steps are taken, each of which goes with the one before: at first all
 * believe both CAs and certificates still come from the old one; then they come from the new one; then the old one is not
 * believed any more. Where a CA is changed because it can't be trusted, that takes two steps' time. Where the old one's key is not
 * known, as it may be after a restart in the first step, certificates come from the new one at once.
 * @param stepMs how long proxies get for a step
 */
export function createCaRotations(stepMs: number, recall: RecallRotation): CaRotations {
  const meshes = new Map<string, Rotation>()
  return {
    async stageOf(mesh, ca, now) {
      const recalled = meshes.has(mesh) ? undefined : await recall(mesh)
      const time = now.getTime()
      // Somebody else may have asked for the mesh meanwhile.
      const rotation = advance(meshes.get(mesh) ?? recalled, ca, time, stepMs)
      meshes.set(mesh, rotation)
      const { before } = rotation
      if (!before) return { signer: ca, trusted: [ca.certificate] }
      const until = before.since + (time < before.since + stepMs ? stepMs : 2 * stepMs)
      const { privateKey, ...shown } = shownCa(rotation, time, stepMs)
      const signer = privateKey === undefined ? ca : { ...shown, privateKey }
      return { signer, trusted: [before.ca.certificate, ca.certificate], until }
    },
  }
}

/** Where a mesh is at a time at which its resource names this CA. */
export function advance(known: Rotation | undefined, ca: KnownCa, time: number, stepMs: number): Rotation {
  if (!known) return { ca }
  if (known.ca.certificate !== ca.certificate) return { ca, before: { ca: shownCa(known, time, stepMs), since: time } }
  const { before } = known
  if (!before || time >= before.since + 2 * stepMs) return { ca }
  // The certificate may have been written before its key. A clock that was put back must not make the steps longer.
  return { ca, before: { ca: before.ca, since: Math.min(before.since, time) } }
}

/** Whose certificates proxies show at that time: a change in the middle of a change begins with these. */
function shownCa({ ca, before }: Rotation, time: number, stepMs: number): KnownCa {
  return before && time < before.since + stepMs ? before.ca : ca
}
