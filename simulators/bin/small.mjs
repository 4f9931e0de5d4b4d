/**
 * How Node runs the agent: small rather than fast, because five events a second on a gateway with
 * little memory are what it has to deal with. What each part saves: decision 21.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './root.mjs'

const preload = pathToFileURL(join(root, 'simulators', 'bin', 'load-stripped.mjs'))

export const small = {
  flags: [
    '--max-semi-space-size=1',
    '--optimize-for-size',
    '--no-opt',
    '--no-maglev',
    `--import=${preload}`,
  ],
  /**
   * From 32 KiB on, glibc takes memory from the system piece by piece and gives it back at once;
   * else what the compiler needed once at the start stays. Node's own cache of compiled modules
   * is not used: it keeps every file it read.
   */
  environment: { MALLOC_MMAP_THRESHOLD_: '32768', NODE_COMPILE_CACHE: undefined },
  /** Run before, in a process of its own: what strips types takes 24 MB for good. */
  before: join('simulators', 'bin', 'strip-sources.mjs'),
}
