/** A set of nodes, a bit each. */
type Nodes = Uint32Array

/**
 * The maximal cliques of a graph (Bron and Kerbosch, with Tomita's pivot): every set of nodes that are all joined to each other
 * and that no other node is joined to as a whole. Nodes are numbers from 0; each clique is sorted.
 * @param joined asked once for each pair, the smaller node first
 * @returns `undefined` where there are more than `limit` of them, or finding them takes too many steps
 */
export function maximalCliques(nodes: number, joined: (a: number, b: number) => boolean, limit: number): number[][] | undefined {
  if (nodes === 0) return []
  const words = Math.ceil(nodes / 32)
  const neighbours = Array.from({ length: nodes }, () => new Uint32Array(words))
  for (let a = 0; a < nodes; a++) {
    for (let b = a + 1; b < nodes; b++) {
      if (!joined(a, b)) continue
      add(neighbours[a]!, b)
      add(neighbours[b]!, a)
    }
  }
  const cliques: number[][] = []
  let steps = 0

  function extend(clique: readonly number[], candidates: Nodes, excluded: Nodes): boolean {
    steps += 1
    if (cliques.length > limit || steps > limit * 16) return false
    if (isEmpty(candidates)) {
      if (isEmpty(excluded)) cliques.push([...clique].sort((a, b) => a - b))
      return cliques.length <= limit
    }
    const pivot = neighbours[pivotOf(candidates, excluded)]!
    for (const node of members(candidates.map((word, i) => word & ~pivot[i]!))) {
      const own = neighbours[node]!
      if (!extend([...clique, node], both(candidates, own), both(excluded, own))) return false
      remove(candidates, node)
      add(excluded, node)
    }
    return true
  }

  /** The node with the most candidates for neighbours: its neighbours need not be tried first. */
  function pivotOf(candidates: Nodes, excluded: Nodes): number {
    let best = 0
    let most = -1
    for (const node of members(candidates.map((word, i) => word | excluded[i]!))) {
      const count = sizeOfBoth(candidates, neighbours[node]!)
      if (count > most) [best, most] = [node, count]
    }
    return best
  }

  const all = new Uint32Array(words)
  for (let node = 0; node < nodes; node++) add(all, node)
  return extend([], all, new Uint32Array(words)) ? cliques : undefined
}

function add(set: Nodes, node: number): void {
  set[node >>> 5]! |= 1 << (node & 31)
}

function remove(set: Nodes, node: number): void {
  set[node >>> 5]! &= ~(1 << (node & 31))
}

function isEmpty(set: Nodes): boolean {
  return set.every((word) => word === 0)
}

function both(a: Nodes, b: Nodes): Nodes {
  return a.map((word, i) => word & b[i]!)
}

function sizeOfBoth(a: Nodes, b: Nodes): number {
  let size = 0
  for (let i = 0; i < a.length; i++) for (let word = a[i]! & b[i]!; word !== 0; word &= word - 1) size += 1
  return size
}

function members(set: Nodes): number[] {
  const nodes: number[] = []
  for (let i = 0; i < set.length; i++) {
    for (let word = set[i]!; word !== 0; word &= word - 1) nodes.push(i * 32 + (31 - Math.clz32(word & -word)))
  }
  return nodes
}
