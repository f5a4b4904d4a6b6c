import Table from 'cli-table3'

/** A table as Kuma's tools print it: no lines, three spaces between columns. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ]
  const printed = new Table({
    chars: Object.fromEntries(none.map((name) => [name, ''])),
    style: { 'padding-left': 0, 'padding-right': 3, head: [], border: [] },
  })
  printed.push([...headings], ...rows.map((row) => [...row]))
  return printed
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

const units: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
]

/** How long ago: `3d`, `2h`, `15m`, `8s`; `never` without a time. */
export function ago(time: string | undefined, now: Date): string {
  if (!time) return 'never'
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / 1000))
  const unit = units.find(([, size]) => seconds >= size)
  return unit ? `${Math.floor(seconds / unit[1])}${unit[0]}` : `${seconds}s`
}

/** `kuma.io/service=web version=v1,v2`, keys and values sorted. */
export function tagsText(sets: readonly Readonly<Record<string, string>>[]): string {
  const values = new Map<string, Set<string>>()
  for (const set of sets) {
    for (const [key, value] of Object.entries(set)) values.set(key, (values.get(key) ?? new Set()).add(value))
  }
  return [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, all]) => `${key}=${[...all].sort().join(',')}`)
    .join(' ')
}
