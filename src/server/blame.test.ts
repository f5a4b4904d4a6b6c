import { describe, expect, it } from 'vitest'
import { type Resource, type ResourceKey, keyOf } from '../core/resource.js'
import { type Fleet, type FleetChange, createFleet } from '../translate/fleet.js'
import { registry } from '../translate/kinds.js'
import { rawCodec } from '../protojson/index.js'
import { createBlame } from './blame.js'
import { silentLog } from './log.js'

const of = (type: string, name: string, spec: unknown): Resource => ({
  ...(type === 'Mesh' ? {} : { mesh: 'default' }),
  ...{ type, name, labels: {}, spec },
})
const dataplane = of('Dataplane', 'web', {
  networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' } }] },
})
const patch = (name: string, bytes: number) =>
  of('MeshProxyPatch', name, {
    targetRef: { kind: 'Mesh' },
    default: {
      appendModifications: [
        { listener: { operation: 'Patch', match: { origin: 'inbound' }, value: `perConnectionBufferLimitBytes: ${bytes}` } },
      ],
    },
  })
const timeout = (name: string, seconds: number, proxy = 'web') =>
  of('MeshTimeout', name, {
    targetRef: { kind: 'Dataplane', name: proxy },
    from: [{ targetRef: { kind: 'Mesh' }, default: { http: { requestTimeout: `${seconds}s` } } }],
  })

const proxy: ResourceKey = { type: 'Dataplane', mesh: 'default', name: 'web' }
const listener = 'inbound:10.0.0.1:80'

/** A fleet that changes, and who is to blame for the listener as it is now. */
function court(...first: readonly Resource[]) {
  const resources = new Map([of('Mesh', 'default', {}), dataplane, ...first].map((resource) => [keyOf(resource), resource]))
  let fleet = createFleet(resources.values())
  let position = 0
  let translations = 0
  const ofType = (type: string) => [...resources.values()].filter((resource) => resource.type === type)
  const blame = createBlame({ live: () => ({ fleet, ofType }), registry, log: silentLog, pause: async () => {} })
  const translate = (of: Fleet) => {
    translations++
    return of.translate({ mesh: 'default', name: 'web' }, { rawCodec }).snapshot
  }
  return {
    get translations() {
      return translations
    },
    change(change: FleetChange) {
      const key = change.op === 'put' ? change.resource : change.key
      const previous = resources.get(keyOf(key))
      if (change.op === 'put') resources.set(keyOf(key), change.resource)
      else resources.delete(keyOf(key))
      fleet = fleet.apply([change]).fleet
      blame.changed({ touched: [], before: position++, changed: [{ key, previous }] })
    },
    async verdict(ran: number) {
      const refused = translate(fleet).listeners.get(listener)
      const accusation = { proxy, type: 'listeners' as const, name: listener, version: refused?.version ?? '', ran, translate }
      const finding = await blame.investigate(accusation)
      return { policies: finding?.policies.map(({ name }) => name), instead: finding?.instead, refused }
    },
    listener: () => translate(fleet).listeners.get(listener),
  }
}

describe('who is behind a resource that a proxy refuses', () => {
  it('what changed since the proxy last ran everything', async () => {
    const { change, verdict } = court(timeout('old', 1), patch('fine', 1000))
    change({ op: 'put', resource: timeout('new', 2) })
    change({ op: 'put', resource: timeout('elsewhere', 3, 'api') })
    expect((await verdict(0)).policies).toEqual(['new'])
  })

  it('what was deleted since then', async () => {
    const { change, verdict } = court(timeout('gone', 1), patch('fine', 1000))
    change({ op: 'delete', key: timeout('gone', 1) })
    expect((await verdict(0)).policies).toEqual(['gone'])
  })

  it('raw configuration, where nothing is known of what was before', async () => {
    const { verdict } = court(timeout('one', 1), patch('raw', 1000), timeout('elsewhere', 3, 'api'))
    expect((await verdict(-1)).policies).toEqual(['raw'])
  })

  it('all that shape it, where there is no raw configuration: found in few translations', async () => {
    const others = Array.from({ length: 60 }, (_, i) => timeout(`other-${i}`, 3, 'api'))
    const tried = court(timeout('one', 1), ...others)
    expect((await tried.verdict(-1)).policies).toEqual(['one'])
    expect(tried.translations).toBeLessThan(20)
  })

  it('nobody, where no policy shapes it, or where it has changed meanwhile', async () => {
    const { verdict } = court(timeout('elsewhere', 3, 'api'))
    expect((await verdict(-1)).policies).toEqual([])
    const moved = court(patch('raw', 1000))
    const asked = moved.verdict(-1)
    moved.change({ op: 'put', resource: patch('raw', 2000) })
    expect((await asked).policies).toBeUndefined()
  })
})

describe('what a proxy may have that has nothing of the resource', () => {
  it('what raw configuration made of it before it was refused, though it was changed again since', async () => {
    const tried = court(patch('raw', 1000))
    const good = tried.listener()
    tried.change({ op: 'put', resource: patch('raw', 2000) })
    expect((await tried.verdict(0)).instead?.version).toBe(good?.version)
    tried.change({ op: 'put', resource: patch('raw', 3000) })
    expect((await tried.verdict(0)).instead?.version).toBe(good?.version)
  })

  it('nothing, where another policy is behind it: that might let in whom it keeps out', async () => {
    const tried = court()
    tried.change({ op: 'put', resource: timeout('new', 2) })
    expect(await tried.verdict(0)).toMatchObject({ policies: ['new'], instead: undefined })
  })
})
