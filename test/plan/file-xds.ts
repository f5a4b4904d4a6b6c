import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toJson } from '../../src/protojson/index.js'
import { type ResourceTypeName, type Snapshot, resourceTypes } from '../../src/translate/snapshot.js'

/** A proxy's configuration as files that Envoy watches: what it would fetch over the stream, it reads from there. */
export interface FileXds {
  /** Of the bootstrap. */
  readonly dynamicResources: object
  /** Puts what differs from the last time into place, what others refer to first. `changed` tells which files. */
  write(snapshot: Snapshot): Promise<{ readonly changed: readonly string[] }>
}

export function createFileXds(folder: string): FileXds {
  const last = new Map<string, string>()
  const pathOf = (type: ResourceTypeName, name: string) => join(folder, `${type}-${encodeURIComponent(name)}.json`)
  const source = (path: string) => ({ pathConfigSource: { path }, resourceApiVersion: 'V3' })

  async function put(path: string, text: string): Promise<boolean> {
    if (last.get(path) === text) return false
    last.set(path, text)
    await writeFile(`${path}.new`, text)
    await rename(`${path}.new`, path)
    return true
  }

  const settle = (value: unknown, name: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => settle(item, name))
    if (typeof value !== 'object' || value === null) return value
    const own = 'name' in value && typeof value.name === 'string' ? value.name : name
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (key === 'edsConfig') return [key, source(pathOf('endpoints', name))]
        if (key === 'sdsConfig') return [key, source(pathOf('secrets', own))]
        return [key, settle(inner, name)]
      }),
    )
  }

  const resourcesOf = (snapshot: Snapshot, type: ResourceTypeName) => {
    const { typeUrl = '' } = resourceTypes.find(({ name }) => name === type) ?? {}
    return [...snapshot[type]].map(([name, { bytes }]) => ({
      name,
      json: { '@type': typeUrl, ...(settle(toJson(typeUrl, bytes), name) as object) },
    }))
  }

  return {
    dynamicResources: { ldsConfig: source(join(folder, 'lds.json')), cdsConfig: source(join(folder, 'cds.json')) },
    async write(snapshot) {
      await mkdir(folder, { recursive: true })
      const changed: string[] = []
      const write = async (path: string, resources: readonly object[]) => {
        if (await put(path, JSON.stringify({ versionInfo: '1', resources }))) changed.push(path)
      }
      for (const type of ['secrets', 'endpoints'] as const)
        for (const { name, json } of resourcesOf(snapshot, type)) await write(pathOf(type, name), [json])
      await write(
        join(folder, 'cds.json'),
        resourcesOf(snapshot, 'clusters').map(({ json }) => json),
      )
      await write(
        join(folder, 'lds.json'),
        resourcesOf(snapshot, 'listeners').map(({ json }) => json),
      )
      return { changed }
    },
  }
}
