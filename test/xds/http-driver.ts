import { type ResourceTypeName, resourceTypes } from '../../src/translate/snapshot.js'
import { nodeOf, typeUrlOf } from '../xds-client.js'
import type { Driver } from './driver.js'
import { type World, snapshotOf } from './world.js'

/**
 * A driver for any server that has, or is given, an endpoint to take resources by: each world is one `PUT` of JSON,
 * `{ resources: { "<type URL>": { "<name>": "<the message's bytes, base64>" } } }`, and is to be served once it is answered.
 *
 *     XDS_DRIVER_URL=http://127.0.0.1:8080/world npm run xds-conformance -- --target 127.0.0.1:18000 --driver test/xds/http-driver.ts
 *
 * `XDS_DRIVER_NODE`: id of the node that is served, by default `default.dp-1`. `XDS_DRIVER_QUIET_MS`: how long a server gets to
 * say something that it should not, by default 300.
 */
const { XDS_DRIVER_URL: url = '', XDS_DRIVER_NODE: id = 'default.dp-1', XDS_DRIVER_QUIET_MS: quiet = '300' } = process.env

const driver: Driver = {
  node: nodeOf(id),
  quietMs: Number(quiet),
  async apply(world) {
    const response = await fetch(url, { method: 'PUT', body: JSON.stringify(bodyOf(world)) })
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  },
}
export default driver

/** What the endpoint is told. */
export interface WorldBody {
  readonly resources: Readonly<Record<string, Readonly<Record<string, string>>>>
}

function bodyOf(world: World): WorldBody {
  const snapshot = snapshotOf(world)
  const ofType = (type: ResourceTypeName) =>
    Object.fromEntries([...snapshot[type]].map(([name, { bytes }]) => [name, Buffer.from(bytes).toString('base64')]))
  return { resources: Object.fromEntries(resourceTypes.map(({ name }) => [typeUrlOf(name), ofType(name)])) }
}
