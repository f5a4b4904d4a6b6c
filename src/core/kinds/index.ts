import type { Kind } from '../kind.js'
import { DataplaneInsight } from './dataplane-insight.js'
import { Dataplane } from './dataplane.js'
import { Mesh } from './mesh.js'
import { GlobalSecret, Secret } from './secret.js'
import { Zone } from './zone.js'

/** The kinds that are no policies. A new one is its file and a line here. */
export const coreKinds: readonly Kind[] = [Mesh, Dataplane, DataplaneInsight, Secret, GlobalSecret, Zone]
