import { type Answer, answerOf } from '../conformance/answer.js'
import { type JsonObject, casesOf, groupNames } from '../conformance/cases.js'

/** A message somewhere in what a proxy gets, and where it is. */
export interface Found {
  readonly place: string
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into at will
  readonly message: any
}

/** Every object in the answers to some cases of the corpus that fits. */
export function messagesIn(wanted: (name: string) => boolean, fits: (message: JsonObject) => boolean): Found[] {
  const found: Found[] = []
  const walk = (place: string, value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if (!Array.isArray(value) && fits(value as JsonObject)) found.push({ place, message: value })
    for (const [key, inner] of Object.entries(value)) walk(`${place}.${key}`, inner)
  }
  for (const group of groupNames()) {
    for (const one of casesOf(group, wanted)) {
      const { snapshots }: Answer = one.refusal ? {} : answerOf(one, ['snapshots'])
      walk(one.name, snapshots)
    }
  }
  return found
}
