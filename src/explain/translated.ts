import type { Translation } from '../translate/translate.js'
import { type Provenance, provenanceOf } from './provenance.js'
import { type ExplainInput, type World, createWorld } from './world.js'

/** A translation that can tell where each of its fields comes from. */
export interface ExplainedTranslation extends Translation {
  readonly provenance: Provenance
}

const worlds = new WeakMap<ExplainedTranslation, World>()

/**
 * The configuration of one proxy, and where each leaf field of it comes from. The translation is the one that `translate` and
 * `createFleet` give; nothing is recorded while it is made. Origins are found out when they are asked for, by translating again
 * without this or that: a question about one field takes some dozens of translations.
 * @throws KumaError `unknown-mesh`, `unknown-proxy`
 */
export function translateWithProvenance(input: ExplainInput): ExplainedTranslation {
  return explained(createWorld(input))
}

/** @internal */
export function explained(world: World): ExplainedTranslation {
  const translation = { ...world.translation, provenance: provenanceOf(world) }
  worlds.set(translation, world)
  return translation
}

/** @internal */
export function worldOf(translation: ExplainedTranslation): World {
  return worlds.get(translation)!
}
