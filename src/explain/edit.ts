/** Values with one place in them taken away or changed: what happens to the output tells what that place is for. */

/** A field, an index, or a key of a map. */
export type Step = string | number
export type Place = readonly Step[]

type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields => {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** What a value consists of; nothing of scalars, bytes and whatever has behaviour. */
export function partsOf(value: unknown): readonly (readonly [Step, unknown])[] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item] as const)
  if (value instanceof Map) return [...value].filter((pair): pair is [string, unknown] => typeof pair[0] === 'string')
  return isFields(value) ? Object.entries(value).filter(([, inner]) => inner !== undefined) : []
}

export function at(value: unknown, place: Place): unknown {
  return place.reduce<unknown>((inner, step) => partsOf(inner).find(([key]) => key === step)?.[1], value)
}

/** A copy in which a place holds something else. Shares the rest. */
export function replaced(value: unknown, [step, ...rest]: Place, change: (old: unknown) => unknown): unknown {
  if (step === undefined) return change(value)
  if (Array.isArray(value)) return value.map((item, index) => (index === step ? replaced(item, rest, change) : item))
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, key === step ? replaced(item, rest, change) : item]))
  return isFields(value) ? { ...value, [step]: replaced(value[step], rest, change) } : value
}

/** A copy without what is at a place; later items of a list move up. */
export function without(value: unknown, place: Place): unknown {
  const last = place.at(-1)!
  return replaced(value, place.slice(0, -1), (holder) => {
    if (Array.isArray(holder)) return holder.filter((_, index) => index !== last)
    if (holder instanceof Map) return new Map([...holder].filter(([key]) => key !== last))
    return Object.fromEntries(Object.entries(holder as Fields).filter(([key]) => key !== last))
  })
}

/** A copy with every scalar changed that is at places the caller wants changed. */
export function disturbed(value: unknown, wanted: (place: Place) => boolean = () => true, place: Place = []): unknown {
  if (!wanted(place)) return value
  if (Array.isArray(value)) return value.map((item, index) => disturbed(item, wanted, [...place, index]))
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, disturbed(item, wanted, [...place, String(key)])]))
  if (isFields(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, disturbed(item, wanted, [...place, key])]))
  return anotherScalar(value)
}

/** A scalar of the same form that says something else: `5s` becomes `6s`, `10.0.0.1` becomes `10.0.0.2`. */
export function anotherScalar(value: unknown): unknown {
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value === 65_535 ? value - 1 : value + 1
  if (value instanceof Uint8Array) return new Uint8Array([...value, 10])
  if (typeof value !== 'string') return value
  const address = /^(\d+\.\d+\.\d+\.)(\d+)(.*)$/.exec(value)
  if (address) return `${address[1]}${(Number(address[2]) % 254) + 1}${address[3]}`
  const quantity = /^(-?\d+)([^:]*)$/.exec(value)
  if (quantity) return `${Number(quantity[1]) + 1}${quantity[2]}`
  return `${value}x`
}
