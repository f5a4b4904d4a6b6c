import { describe, expect, it } from 'vitest'
import { isWaiting, releaseStage } from '../../src/server/make-before-break.js'
import { sotw } from '../../src/server/sotw.js'
import { type StreamState, newStream } from '../../src/server/stream-state.js'
import type { ResourceTypeName } from '../../src/translate/snapshot.js'
import { type World, seenIn, snapshotOf } from './world.js'

/** A client that acknowledges everything and asks for nothing by itself. */
class Client {
  state: StreamState = newStream('')
  private readonly names = new Map<ResourceTypeName, readonly string[]>()
  /** `clusters a@1 b@1` */
  readonly heard: string[] = []
  refuses: ResourceTypeName | undefined

  apply(world: World): this {
    this.state = sotw.update(this.state, snapshotOf(world))
    return this.listen()
  }

  ask(type: ResourceTypeName, names: readonly string[] = []): this {
    this.names.set(type, names)
    this.state = sotw.receive(this.state, { type, names, nonce: this.state.types[type].nonce ?? '', version: '' }).state
    return this.listen()
  }

  release(): this {
    this.state = releaseStage(this.state)
    return this.listen()
  }

  /** What was heard since this was asked for the last time. */
  get news(): string[] {
    return this.heard.splice(0)
  }

  private listen(): this {
    for (;;) {
      const { state, response } = sotw.next(this.state)
      this.state = state
      if (!response) return this
      const { type, nonce, resources } = response
      const told = resources.map(({ bytes }) => seenIn(type, bytes)).map(({ name, revision }) => `${name}@${revision}`)
      this.heard.push([type, ...told.sort()].join(' '))
      const error = this.refuses === type ? 'no good' : undefined
      this.state = sotw.receive(this.state, { type, names: this.names.get(type) ?? [], nonce, version: '', error }).state
    }
  }
}

const before: World = { clusters: { a: 1 }, endpoints: { a: 1 }, listeners: { l: 1 }, routes: { r: 1 } }
const after: World = { clusters: { b: 1 }, endpoints: { b: 1 }, listeners: { l: 2 }, routes: { r: 2 } }

function connected(): Client {
  const client = new Client().apply(before).ask('clusters').ask('endpoints', ['a']).ask('listeners').ask('routes', ['r'])
  expect(client.news).toEqual(['clusters a@1', 'endpoints a@1', 'listeners l@1', 'routes r@1'])
  return client
}

describe('make before break', () => {
  it('goes on by itself as the client accepts', () => {
    const client = connected().apply(after)
    expect(client.news).toEqual(['clusters a@1 b@1'])
    expect(isWaiting(client.state)).toBe(true)
    client.ask('endpoints', ['a', 'b'])
    expect(client.news).toEqual(['endpoints b@1', 'listeners l@2', 'routes r@2', 'clusters b@1'])
    expect(isWaiting(client.state)).toBe(false)
  })

  it('does not wait for ever for a client that does not ask for endpoints', () => {
    const client = connected().apply(after)
    expect(client.news).toEqual(['clusters a@1 b@1'])
    expect(client.release().news).toEqual(['listeners l@2', 'routes r@2', 'clusters b@1'])
    expect(isWaiting(client.state)).toBe(false)
  })

  it('does not wait for ever for a client that does not ask for routes', () => {
    const client = new Client().apply(before).ask('clusters').ask('endpoints', ['a', 'b']).ask('listeners')
    client.apply(after)
    expect(client.news.slice(3)).toEqual(['clusters a@1 b@1', 'endpoints b@1', 'listeners l@2'])
    expect(client.release().news).toEqual(['clusters b@1'])
  })

  it('does not wait for what the client never asked for', () => {
    const client = new Client().apply(before).ask('clusters')
    expect(client.news).toEqual(['clusters a@1'])
    expect(client.apply(after).news).toEqual(['clusters a@1 b@1', 'clusters b@1'])
  })

  it('keeps what refused listeners and routes may still use', () => {
    const client = connected()
    client.refuses = 'routes'
    client.apply(after).ask('endpoints', ['a', 'b'])
    expect(client.news).toEqual(['clusters a@1 b@1', 'endpoints b@1', 'listeners l@2', 'routes r@2'])
    expect(client.release().news).toEqual([])
    client.refuses = undefined
    expect(client.apply({ ...after, routes: { r: 3 } }).news).toEqual(['routes r@3', 'clusters b@1'])
  })

  it('lets a listener go with the update that drops it: another may need its address', () => {
    const client = connected().apply({ ...before, listeners: { m: 1 } })
    expect(client.news).toEqual(['listeners m@1'])
  })

  it('holds back nothing when nothing is new or dropped', () => {
    const client = connected().apply({ clusters: { a: 2 }, endpoints: { a: 2 }, listeners: { l: 2 }, routes: { r: 2 } })
    expect(client.news).toEqual(['clusters a@2', 'endpoints a@2', 'listeners l@2', 'routes r@2'])
    expect(isWaiting(client.state)).toBe(false)
  })

  it('goes to the latest of many changes', () => {
    const client = connected()
    for (let i = 2; i < 20; i++)
      client.apply({ clusters: { a: 1, [`c${i}`]: 1 }, endpoints: { a: 1 }, listeners: { l: i }, routes: { r: i } })
    client.apply(before)
    expect(client.news.at(-1)).toBe('clusters a@1')
    expect(isWaiting(client.state)).toBe(false)
  })
})
