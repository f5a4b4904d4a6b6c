import { type Kind, type Registry, createRegistry } from '../core/kind.js'
import { coreKinds } from '../core/kinds/index.js'
import { policies } from './policies/index.js'

/** Every kind of resource: the nouns of the core and the policies. */
export const kinds: readonly Kind[] = [...coreKinds, ...policies.map((policy) => policy.kind as Kind)]

/** All of {@link kinds}, by type and by REST path. */
export const registry: Registry = createRegistry(kinds)
