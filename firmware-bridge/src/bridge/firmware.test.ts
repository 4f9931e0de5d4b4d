/**
 * The firmware's own tests, compiled and run: strict C99, address and undefined-behaviour checks.
 * Needs a C compiler, which `npm test` installs on Debian.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import vectors from '../../firmware/vectors.json' with { type: 'json' }
import { compile, hasCompiler } from '../testing/c-compiler.ts'
import { compileChecked, firmwareSources, STRICT } from '../testing/firmware.ts'

describe.skipIf(!hasCompiler())('the firmware in C', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tillproof-firmware-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('passes its own tests, and takes less than 1.5 KB', () => {
    const [table, program] = [join(folder, 'vectors.c'), join(folder, 'firmware-test')]
    writeFileSync(table, vectorsInC())
    const check = join(import.meta.dirname, '../../firmware/test/check.h')
    writeFileSync(join(folder, 'check.h'), `#include "${check}"\n`)
    compileChecked([...firmwareSources('src'), ...firmwareSources('test'), table], program)
    const { stdout, stderr, status } = spawnSync(program, { encoding: 'utf8' })
    expect({ stdout, stderr, status }).toMatchObject({ stderr: '', status: 0 })
    expect(stdout.match(/^ok /gm)).toHaveLength(7)
    expect(Number(/(\d+) bytes a bridge/.exec(stdout)?.[1])).toBeLessThan(1536)
  })

  test('asks the system for nothing: the example compiles without one', () => {
    const flags = [...STRICT, '-Wconversion', '-ffreestanding', '-c']
    for (const source of [...firmwareSources('src'), ...firmwareSources('example')]) {
      compile({ sources: [source], output: join(folder, 'object.o'), flags })
    }
  })

  test('the program says how it is used', () => {
    const program = join(folder, 'bridge-host')
    compileChecked([...firmwareSources('src'), ...firmwareSources('host')], program)
    const run = (...args: string[]) => spawnSync(program, args, { encoding: 'utf8' })
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--memory') })
    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining('next: ') })
    expect(run('--line', '/nonexistent')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('next: name a serial device'),
    })
  })
})

/** Numbers of what a gateway says, in the order of its table. */
const FIELDS: Record<string, readonly string[]> = {
  hello: ['version', 'session', 'unit', 'boot', 'received'],
  ack: ['boot', 'received'],
  output: ['session', 'number', 'output', 'on', 'forMs'],
}

type Vector = { name: string; frame: string; body?: string; message?: Record<string, unknown> }

/** The shared vectors as C sees them. */
function vectorsInC(): string {
  const { cobs, messages, later, ignored, refused } = vectors
  const isOfGateway = ({ message }: Vector) => fieldsOf(message).length > 0
  const stuffings = cobs.map(({ bytes, stuffed }) => `{"${bytes}", "${stuffed}"},`)
  return [
    '#include "check.h"',
    `const struct stuffing stuffings[] = {${stuffings.join('')} {NULL, NULL}};`,
    tableInC(
      'bridge_vectors',
      messages.filter(each => !isOfGateway(each)),
    ),
    tableInC('gateway_vectors', [...messages.filter(isOfGateway), ...later]),
    tableInC('ignored_vectors', ignored),
    tableInC('refused_vectors', refused),
  ].join('\n')
}

function tableInC(name: string, rows: readonly Vector[]): string {
  const lines = rows.map(({ name: title, body = '', frame, message }) => {
    const fields = fieldsOf(message).map(value => `${value}u`)
    const values = fields.join(', ') || '0'
    return `{"${title}", "${body}", "${frame}", ${fields.length}, {${values}}},`
  })
  return `const struct vector ${name}[] = {${lines.join('\n')} {NULL, NULL, NULL, 0, {0}}};`
}

function fieldsOf(message: Record<string, unknown> | undefined): unknown[] {
  return (FIELDS[String(message?.type)] ?? []).map(name => message?.[name])
}
