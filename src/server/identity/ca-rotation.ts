import type { CertificatePair } from '../certificates.js'

/** A mesh's CA with the backend that it belongs to. */
export interface SigningCa extends CertificatePair {
  readonly backend: string
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
  stageOf(mesh: string, ca: SigningCa, now: Date): RotationStage
}

interface Rotation {
  readonly ca: SigningCa
  /** The one before, as long as it counts, and since when it is that. */
  readonly before?: { readonly ca: SigningCa; readonly since: number }
}

/**
 * Proxies learn of a change one after the other, so that three steps are taken, each of which goes with the one before: at first all
 * believe both CAs and certificates still come from the old one; then they come from the new one; then the old one is not
 * believed any more. Where a CA is changed because it can't be trusted, that takes two steps' time.
 * @param stepMs how long proxies get for a step
 */
export function createCaRotations(stepMs: number): CaRotations {
  const meshes = new Map<string, Rotation>()
  return {
    stageOf(mesh, ca, now) {
      const time = now.getTime()
      let rotation = meshes.get(mesh) ?? { ca }
      if (rotation.ca.certificate !== ca.certificate) rotation = { ca, before: { ca: signerOf(rotation, time, stepMs), since: time } }
      // The certificate may have been written before its key.
      else rotation = { ...rotation, ca }
      if (rotation.before && time >= rotation.before.since + 2 * stepMs) rotation = { ca }
      meshes.set(mesh, rotation)
      const { before } = rotation
      if (!before) return { signer: ca, trusted: [ca.certificate] }
      const until = before.since + (time < before.since + stepMs ? stepMs : 2 * stepMs)
      return { signer: signerOf(rotation, time, stepMs), trusted: [before.ca.certificate, ca.certificate], until }
    },
  }
}

/** Whose certificates proxies have at that time: a change in the middle of a change begins with these. */
function signerOf({ ca, before }: Rotation, time: number, stepMs: number): SigningCa {
  return before && time < before.since + stepMs ? before.ca : ca
}
