import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Plugin, build, transform } from 'esbuild'
import { createInstrumenter } from 'istanbul-lib-instrument'

/** Counts how often each statement and branch of the project's own files runs, in the global `__coverage__`. */
const counters: Plugin = {
  name: 'counters',
  setup({ onLoad }) {
    const instrumenter = createInstrumenter({ esModules: true, compact: true, coverageVariable: '__coverage__' })
    onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      if (path.includes('/src/gen/')) return undefined

      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'ts', target: 'node20' })
      return { contents: instrumenter.instrumentSync(code, path), loader: 'js' }
    })
  },
}

/** Bundles a target of test/fuzz so that one can see what an input reaches; the file exports `target`. */
export async function bundleInstrumented(root: string, name: string, outfile: string): Promise<string> {
  await build({
    stdin: {
      contents: `import { targets } from './test/fuzz/targets/index.js'\nexport const target = await targets[${JSON.stringify(name)}]()`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    plugins: [counters],
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'test/conformance/cases.ts')).href) },
    logLevel: 'error',
  })
  return pathToFileURL(outfile).href
}
