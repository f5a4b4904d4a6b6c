const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** The value of a quantity such as `500m`, `64Mi` or `1e3`; undefined where it is none. Source: apimachinery, api/resource. */
export function quantityOf(text: string): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|([A-Za-z]*))$/.exec(text)
  if (!match) return undefined
  const [, number = '', exponent, suffix = ''] = match
  if (exponent !== undefined) return Number(`${number}e${exponent}`)
  const factor = suffixes[suffix]
  return factor === undefined ? undefined : Number(number) * factor
}
