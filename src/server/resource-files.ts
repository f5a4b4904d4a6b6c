import type { Resource } from '../core/resource.js'
import type { FileContents } from '../translate/data-source.js'
import type { OutsideData } from './outside-data.js'

/** Kinds whose data sources shape configuration. Those of CAs are read by who issues certificates. */
const kinds: ReadonlySet<string> = new Set(['ExternalService', 'MeshExternalService', 'MeshGateway'])

/** The files that resources name as data sources: read when a resource is new or has changed, and never else. */
export class ResourceFiles {
  private readonly known = new Map<string, Uint8Array | string>()

  constructor(private readonly outside: OutsideData) {}

  /** What was read last, or why nothing was. The same map for ever. */
  get contents(): FileContents {
    return this.known
  }

  /** Whether one of the resources names a file. */
  named(resources: readonly Resource[]): boolean {
    return resources.some((resource) => pathsIn(resource).size > 0)
  }

  async read(resources: readonly Resource[]): Promise<void> {
    const paths = new Set(resources.flatMap((resource) => [...pathsIn(resource)]))
    await Promise.all(
      [...paths].map(async (path) => {
        const loaded = await this.outside.readFile(path)
        this.known.set(path, loaded.ok ? loaded.data : loaded.message)
      }),
    )
  }
}

function pathsIn({ type, spec }: Resource): Set<string> {
  const paths = new Set<string>()
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'file' && typeof inner === 'string') paths.add(inner)
      else look(inner)
    }
  }
  if (kinds.has(type)) look(spec)
  return paths
}
