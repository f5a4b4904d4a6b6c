/**
 * The maximal cliques of a graph (Bron and Kerbosch, with Tomita's pivot): every set of nodes that are all joined to each other
 * and that no other node is joined to as a whole. Nodes are numbers from 0; each clique is sorted.
 * @returns `undefined` where there are more than `limit` of them, or finding them takes too many steps
 */
export function maximalCliques(nodes: number, joined: (a: number, b: number) => boolean, limit: number): number[][] | undefined {
  if (nodes === 0) return []
  const neighbours = Array.from({ length: nodes }, (_, a) => Array.from({ length: nodes }, (_, b) => a !== b && joined(a, b)))
  const are = (a: number, b: number) => neighbours[a]![b]!
  const cliques: number[][] = []
  let steps = 0

  function extend(clique: readonly number[], candidates: readonly number[], excluded: readonly number[]): boolean {
    steps += 1
    if (cliques.length > limit || steps > limit * 16) return false
    if (candidates.length === 0) {
      if (excluded.length === 0) cliques.push([...clique].sort((a, b) => a - b))
      return cliques.length <= limit
    }
    const pivot = pivotOf(candidates, excluded)
    let left = candidates
    let done = excluded
    for (const node of candidates.filter((candidate) => !are(pivot, candidate))) {
      const next = (list: readonly number[]) => list.filter((other) => are(node, other))
      if (!extend([...clique, node], next(left), next(done))) return false
      left = left.filter((other) => other !== node)
      done = [...done, node]
    }
    return true
  }

  /** The node with the most candidates for neighbours: its neighbours need not be tried first. */
  function pivotOf(candidates: readonly number[], excluded: readonly number[]): number {
    let best = candidates[0]!
    let most = -1
    for (const node of [...candidates, ...excluded]) {
      let count = 0
      for (const candidate of candidates) if (are(node, candidate)) count += 1
      if (count > most) [best, most] = [node, count]
    }
    return best
  }

  const complete = extend(
    [],
    Array.from({ length: nodes }, (_, node) => node),
    [],
  )
  return complete ? cliques : undefined
}
