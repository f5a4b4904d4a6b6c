import { gzipSync } from 'node:zlib'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, type Page, chromium as driver } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toJson } from '../../src/protojson/index.js'
import { resourceTypes } from '../../src/translate/snapshot.js'
import { type JsonObject, casesOf } from '../conformance/cases.js'
import { differences } from '../conformance/compare.js'
import { chromium } from './chromium.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** The front door as one script for browsers. A node: module anywhere in it fails the build. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from './src/index.js'`, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'kuma',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

/** Mesh with mTLS, permissions, HTTP and TCP. */
const [sample] = casesOf('legacy', (name) => name === 'def-mtls-permission')

/** Runs in the page. */
function translateThere([resources, proxy]: [readonly object[], string]): [type: string, name: string, base64: string][] {
  // What translates must not look at clocks or dice.
  const forbidden = (what: string) => () => {
    throw new Error(`${what} was called`)
  }
  Object.assign(Math, { random: forbidden('Math.random') })
  Object.assign(Date, { now: forbidden('Date.now') })
  Object.assign(performance, { now: forbidden('performance.now') })
  const { parseObject, createFleet, registry } = (globalThis as unknown as { kuma: typeof import('../../src/index.js') }).kuma
  const parsed = parseObject(resources, registry)
  const fleet = createFleet(parsed.resources)
  const key = fleet.proxies().find(({ name }) => name === proxy)
  if (!key) throw new Error(`${proxy} is not among the resources: ${JSON.stringify(parsed.issues)}`)
  const pem = new TextEncoder().encode('K')
  const identity = { certificateChain: pem, privateKey: pem, trustedCas: new Map([[key.mesh ?? '', pem]]) }
  return Object.entries(fleet.translate(key, { identity }).snapshot).flatMap(([type, sealed]) =>
    [...sealed.values()].map(({ name, bytes }) => [type, name, btoa(String.fromCharCode(...bytes))] as [string, string, string]),
  )
}

test('the front door is a script for browsers, and no large one', async () => {
  const script = await bundle()
  const gzipped = gzipSync(script).length
  console.log(`the front door, minified: ${Math.round(script.length / 1024)} KiB, ${Math.round(gzipped / 1024)} KiB gzipped`)
  expect(gzipped).toBeLessThan(300 * 1024)
})

describe.skipIf(chromium.missing)(`in Chromium ${chromium.reason}`, () => {
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    const quiet = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--no-first-run']
    browser = await driver.launch({ executablePath: chromium.path, headless: true, args: quiet })
    page = await browser.newPage()
    await page.addScriptTag({ content: await bundle() })
  })
  afterAll(() => browser?.close())

  test.each(Object.keys(sample?.snapshots ?? {}))('%s gets what kuma-cp gives it', async (proxy) => {
    const question: [readonly object[], string] = [sample?.resources ?? [], proxy]
    const got: Record<string, Record<string, unknown>> = {}
    for (const [type, name, base64] of await page.evaluate(translateThere, question)) {
      const typeUrl = resourceTypes.find((known) => known.name === type)?.typeUrl ?? ''
      ;(got[type] ??= {})[name] = toJson(typeUrl, Buffer.from(base64, 'base64'))
    }
    expect(differences(got as JsonObject, sample?.snapshots[proxy], proxy)).toEqual([])
  })
})
