/** Paths into JSON as Kuma's API writes them: `a.b[0].tags["kuma.io/service"]`. */

export function member(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

export function element(path: string, index: number): string {
  return `${path}[${index}]`
}

export function entry(path: string, key: string): string {
  return `${path}[${JSON.stringify(key)}]`
}
