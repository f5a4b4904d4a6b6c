import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import pkg from '../../package.json' with { type: 'json' }
import { readInstallValues } from '../../src/kubernetes/install/index.js'

// No container engine is asked: this holds the file to what it refers to.

const text = readFileSync(new URL('../../deploy/docker/Dockerfile', import.meta.url), 'utf8')
/** Instructions with their arguments, continued lines joined. */
const instructions = text
  .replace(/^\s*#.*\n/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line)?.slice(1) ?? [line])
const stages = instructions.flatMap(([name, rest = '']) => (name === 'FROM' ? [/^(\S+) AS (\S+)$/.exec(rest)?.slice(1) ?? [rest]] : []))
const names = stages.map(([, name]) => name)

it('every line is an instruction', () => {
  const known = ['ARG', 'FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'ENTRYPOINT', 'CMD']
  for (const [name] of instructions) expect(known).toContain(name)
})

it('stages are made of earlier ones, or of images that can be chosen', () => {
  for (const [index, [from = '']] of stages.entries()) {
    if (!/^\$\{(NODE|ENVOY)_IMAGE\}$/.test(from)) expect(names.slice(0, index)).toContain(from)
  }
  for (const [, from] of text.matchAll(/--from=(\S+)/g)) expect(names).toContain(from)
})

it('has an image for each that an installation needs, and each program', () => {
  const { controlPlane, dataPlane } = readInstallValues({}).values ?? expect.fail('the defaults are good values')
  for (const { repository } of [controlPlane.image, dataPlane.image, dataPlane.initImage]) expect(names).toContain(repository)
  for (const program of Object.keys(pkg.bin)) {
    expect(names).toContain(program)
    expect(text).toMatch(new RegExp(`for program in .*\\b${program}\\b`))
  }
})

it('entry points and commands are lists, so that signals reach the program', () => {
  for (const [name, rest = ''] of instructions.filter(([n]) => n === 'ENTRYPOINT' || n === 'CMD')) {
    expect(Array.isArray(JSON.parse(rest)), `${name} ${rest}`).toBe(true)
  }
})

it('runs as the user that the Deployment names, on a Node that the package takes', () => {
  const users = instructions.filter(([name]) => name === 'USER').map(([, user]) => user)
  expect(new Set(users)).toEqual(new Set(['5678:5678', '0:0']))
  expect(/NODE_IMAGE=node:(\d+)/.exec(text)?.[1]).toBe(/>=(\d+)/.exec(pkg.engines.node)?.[1])
})

it('has what it copies', () => {
  for (const file of ['package.json', 'package-lock.json', 'LICENSE']) {
    expect(() => readFileSync(new URL(`../../${file}`, import.meta.url))).not.toThrow()
  }
})
