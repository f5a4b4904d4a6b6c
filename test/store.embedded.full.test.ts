import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { openEmbeddedStore } from '../src/store/embedded.js'

const disk = mkdtempSync(join(tmpdir(), 'kuma-full-'))
const reason = mountSmallDisk()

afterAll(() => {
  // Lazily: the driver lets go of its file when it is collected as garbage.
  if (reason === '') execFileSync('umount', ['-l', disk])
  rmSync(disk, { recursive: true })
})

/** A disk of a megabyte, or why there is none: only root may have one, and not everywhere. */
function mountSmallDisk(): string {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'pipe' })
    return ''
  } catch (error) {
    return `(skipped: no small disk can be mounted: ${String((error as Error).message).split('\n')[1] ?? 'mount failed'})`
  }
}

it.skipIf(reason !== '')(
  `on a full disk it refuses writes, keeps what it acknowledged, and goes on once there is room ${reason}`,
  async () => {
    const [path, ballast] = [join(disk, 'kuma.db'), join(disk, 'ballast')]
    writeFileSync(ballast, Buffer.alloc(300_000, 1))
    const program = fileURLToPath(new URL('embedded/filler.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program, path, ballast])
    const [before = '', kept, after] = stdout.trim().split('\n')
    const [count, code] = before.split(' ')
    expect(Number(count)).toBeGreaterThan(5)
    expect({ code, kept, after }).toEqual({ code: 'store-failed', kept: count, after: '3' })
    // Putting the log into the file takes room as well.
    execFileSync('mount', ['-o', 'remount,size=8m', disk])
    const store = await openEmbeddedStore({ path })
    const names = (await store.list()).items.map(({ resource }) => resource.name)
    expect(names.filter((name) => name.startsWith('before'))).toHaveLength(Number(count))
    expect(names.filter((name) => name.startsWith('after'))).toHaveLength(3)
    await store.close()
  },
)
