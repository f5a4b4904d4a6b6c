import { afterEach, expect, test } from 'vitest'
import { type Diagnostics, type DiagnosticsOptions, startDiagnostics } from './diagnostics.js'

let running: Diagnostics | undefined
afterEach(async () => {
  await running?.close()
  running = undefined
})

async function start(options: Partial<DiagnosticsOptions> = {}): Promise<string> {
  running = await startDiagnostics({
    ...{ host: '127.0.0.1', port: 0, ready: () => true, debugEndpoints: false },
    metrics: { contentType: 'text/plain', text: async () => 'counted 1\n' },
    ...options,
  })
  return `http://127.0.0.1:${running.port}`
}

test('tells health, readiness and what was counted', async () => {
  let ready = false
  const url = await start({ ready: () => ready })
  expect((await fetch(`${url}/healthy`)).status).toBe(200)
  expect((await fetch(`${url}/ready`)).status).toBe(503)
  ready = true
  expect((await fetch(`${url}/ready`)).status).toBe(200)
  expect(await (await fetch(`${url}/metrics`)).text()).toBe('counted 1\n')
})

test('takes no profile unless it is told to', async () => {
  const url = await start()
  for (const name of ['profile', 'heap']) expect((await fetch(`${url}/debug/pprof/${name}?seconds=0.01`)).status).toBe(404)
})

test('profiles its time and its memory while it goes on, one at a time', async () => {
  const url = await start({ debugEndpoints: true })
  const slow = fetch(`${url}/debug/pprof/profile?seconds=1`)
  let second = await fetch(`${url}/debug/pprof/heap?seconds=0.01`)
  // The first may not have begun yet.
  while (second.status === 200) second = await fetch(`${url}/debug/pprof/heap?seconds=0.01`)
  expect(await second.text()).toContain('another profile')
  expect(Object.keys((await (await slow).json()) as object)).toContain('samples')
  expect(Object.keys((await (await fetch(`${url}/debug/pprof/heap?seconds=0.01`)).json()) as object)).toContain('head')
  expect((await fetch(`${url}/debug/pprof/profile?seconds=forever`)).status).toBe(400)
  expect((await fetch(`${url}/debug/pprof/profile?seconds=3600`)).status).toBe(400)
})

test('profiles hold nothing of what is in memory', async () => {
  const url = await start({ debugEndpoints: true })
  const kept: string[] = []
  const timer = setInterval(() => kept.push(`secret of the mesh ${Math.random()}`), 1)
  const asked = ['profile', 'heap'].map((name) => fetch(`${url}/debug/pprof/${name}?seconds=0.2`).then((response) => response.text()))
  for (const text of await Promise.all(asked)) expect(text).not.toContain('secret of the mesh')
  clearInterval(timer)
  expect(kept.length).toBeGreaterThan(0)
  expect((await fetch(`${url}/debug/heapsnapshot`)).status).toBe(404)
})
