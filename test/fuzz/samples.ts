import { casesOf, groupNames } from '../conformance/cases.js'

/** Every so-manieth input of the corpus, shortest first: many kinds in few texts. */
export function corpusInputs(count: number): string[] {
  const inputs = groupNames().flatMap((group) => casesOf(group).map(({ input }) => input))
  const sorted = inputs.sort((a, b) => a.length - b.length).slice(0, Math.ceil(inputs.length * 0.8))
  const step = Math.max(1, Math.floor(sorted.length / count))
  return sorted.filter((_, i) => i % step === 0).slice(0, count)
}
