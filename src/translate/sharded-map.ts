const shardBits = 10
const shards = 1 << shardBits

/**
 * A map that is never changed: a change makes another that shares almost all of it, at a cost that hardly grows with its size.
 */
export class ShardedMap<V> {
  private constructor(private readonly parts: readonly (ReadonlyMap<string, V> | undefined)[]) {}

  static empty<V>(): ShardedMap<V> {
    return new ShardedMap<V>([])
  }

  static of<V>(entries: ReadonlyMap<string, V>): ShardedMap<V> {
    const parts: (Map<string, V> | undefined)[] = []
    for (const [key, value] of entries) (parts[shardOf(key)] ??= new Map()).set(key, value)
    return new ShardedMap(parts)
  }

  get(key: string): V | undefined {
    return this.parts[shardOf(key)]?.get(key)
  }

  /** @param changes `undefined` takes an entry out */
  with(changes: ReadonlyMap<string, V | undefined>): ShardedMap<V> {
    if (changes.size === 0) return this
    const parts = this.parts.slice()
    const copied = new Map<number, Map<string, V>>()
    for (const [key, value] of changes) {
      const shard = shardOf(key)
      const part = copied.get(shard) ?? new Map(parts[shard])
      copied.set(shard, part)
      parts[shard] = part
      if (value === undefined) part.delete(key)
      else part.set(key, value)
    }
    return new ShardedMap(parts)
  }
}

function shardOf(key: string): number {
  let hash = 0
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0
  return (hash ^ (hash >>> 16)) & (shards - 1)
}
