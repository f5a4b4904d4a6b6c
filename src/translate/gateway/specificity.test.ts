import { describe, expect, it } from 'vitest'
import type { HeaderMatch, RequestMatch, RouteEntry } from './route-table.js'
import { orderedEntries } from './specificity.js'

const entry = (match: RequestMatch, more: Partial<RouteEntry> = {}): RouteEntry => ({ match, forward: [], ...more })
const exactHeader = (name: string): HeaderMatch => ({ kind: 'exact', name, value: 'x' })
const paths = (entries: readonly RouteEntry[]) =>
  orderedEntries(entries).map(({ match }) => match.exactPath ?? (match.prefixPath ? `${match.prefixPath}*` : `~${match.regexPath}`))

describe('prefixes', () => {
  it('match whole segments: the path itself and what is below it', () => {
    expect(paths([entry({ prefixPath: '/a' })])).toEqual(['/a', '/a/*'])
    expect(paths([entry({ prefixPath: '/a/' })])).toEqual(['/a', '/a/*'])
  })

  it('leave the path itself to whoever names it exactly', () => {
    const [first, second, ...more] = orderedEntries([
      entry({ prefixPath: '/a' }, { name: 'prefix' }),
      entry({ exactPath: '/a' }, { name: 'exact' }),
    ])
    expect([first?.name, second?.name, more]).toEqual(['exact', 'prefix', []])
  })

  it('of the same path each have a row at the path itself', () => {
    const same = [entry({ prefixPath: '/a' }, { name: 'one' }), entry({ prefixPath: '/a', method: 'GET' }, { name: 'two' })]
    const rows = orderedEntries(same).map(({ name, match }) => `${name} ${match.exactPath ?? match.prefixPath}`)
    expect(rows).toEqual(['two /a', 'one /a', 'two /a/', 'one /a/'])
  })

  it('at the root are one row, unless it is replaced', () => {
    expect(paths([entry({ prefixPath: '/' })])).toEqual(['/*'])
    expect(paths([entry({ prefixPath: '/' }, { rewrite: { replacePrefix: '/x' } })])).toEqual(['/', '/*'])
  })

  it('are replaced with no slash lost or doubled', () => {
    const rewrite = (replacePrefix: string) =>
      orderedEntries([entry({ prefixPath: '/a' }, { rewrite: { replacePrefix } })]).map(
        (row) => row.rewrite?.replaceFull ?? row.rewrite?.replacePrefix,
      )
    expect(rewrite('/b')).toEqual(['/b', '/b/'])
    expect(rewrite('/b/')).toEqual(['/b', '/b/'])
    expect(rewrite('/')).toEqual(['/', '/'])
    const redirect = { status: 301, path: { replacePrefix: '/b' } }
    expect(orderedEntries([entry({ prefixPath: '/a' }, { redirect })]).map((row) => row.redirect?.path)).toEqual([
      { replaceFull: '/b' },
      { replacePrefix: '/b/' },
    ])
  })
})

describe('order', () => {
  it('exact paths, prefixes, expressions; longer ones first', () => {
    const rows = [entry({ regexPath: '/.*' }), entry({ prefixPath: '/a/' }), entry({ exactPath: '/a/b' }), entry({ regexPath: '/a/b/.*' })]
    expect(paths([...rows, entry({ prefixPath: '/a/long/' }), entry({ exactPath: '/z' })])).toEqual([
      '/a/long',
      '/a/b',
      '/a',
      '/z',
      '/a/long/*',
      '/a/*',
      '~/a/b/.*',
      '~/.*',
    ])
  })

  it('of equal paths: a method, more headers, more parameters; then as they were given', () => {
    const row = (name: string, match: RequestMatch) => entry({ exactPath: '/', ...match }, { name })
    const rows = [
      row('plain', {}),
      row('prefix header', { headers: [{ kind: 'prefix', name: 'a', value: 'x' }] }),
      row('parameter', { query: [{ kind: 'exact', name: 'q', value: '1' }] }),
      row('header', { headers: [exactHeader('a')] }),
      row('headers', { headers: [exactHeader('a'), exactHeader('b')] }),
      row('method', { method: 'GET' }),
    ]
    expect(orderedEntries(rows).map(({ name }) => name)).toEqual(['method', 'headers', 'header', 'parameter', 'plain', 'prefix header'])
  })

  it('expressions of equal length stay as they were given', () => {
    expect(paths([entry({ regexPath: '/b' }), entry({ regexPath: '/a', method: 'GET' })])).toEqual(['~/b', '~/a'])
  })
})
