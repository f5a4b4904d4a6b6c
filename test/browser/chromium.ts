import { delimiter, join } from 'node:path'
import { isProgram } from '../is-program.js'

/**
 * Chromium for a test that needs a browser. Where there is none the test is skipped and says why; with
 * `KUMA_REQUIRE=chromium` (as CI sets it) it fails instead.
 */
export const chromium = lookUp()

function lookUp(): { readonly missing: boolean; readonly path: string; readonly reason: string } {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const named = process.env['CHROMIUM_PATH']
  const path =
    named ??
    ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram)
  if (path !== undefined) return { missing: false, path, reason: '' }
  const reason = 'Chromium is not in PATH; name it by CHROMIUM_PATH or install it (Debian: apt-get install chromium)'
  if ((process.env['KUMA_REQUIRE'] ?? '').split(',').includes('chromium')) throw new Error(`KUMA_REQUIRE names chromium: ${reason}`)
  return { missing: true, path: '', reason: `(skipped: ${reason})` }
}
