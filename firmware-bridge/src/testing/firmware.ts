/** The bridge's firmware, compiled for the computer at hand. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from './c-compiler.ts'

export const FIRMWARE = join(import.meta.dirname, '..', '..', 'firmware')
export const STRICT = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-pedantic']
const SANITIZERS = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']

/** The C files of one of its folders, with their paths. */
export function firmwareSources(folder: 'src' | 'test' | 'host' | 'example'): string[] {
  const path = join(FIRMWARE, folder)
  return readdirSync(path)
    .filter(name => name.endsWith('.c'))
    .sort()
    .map(name => join(path, name))
}

/** With every check that the compiler knows, where its libraries for them are installed. */
export function compileChecked(sources: readonly string[], output: string): void {
  try {
    compile({ sources, output, flags: [...STRICT, ...SANITIZERS] })
  } catch {
    compile({ sources, output, flags: STRICT })
  }
}
