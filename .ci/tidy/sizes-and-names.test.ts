/** A file that outgrew its page, or a name that says nothing, is where a reader gets lost. */
import { expect, test } from 'vitest'
import { listFiles, sources } from './sources.ts'

const maxLines = 300
const maxColumns = 100
const emptyNames = /(^|[/.-])(utils?|helpers?|managers?|common|misc)(?=[/.-]|$)/
const kebabCase = /^\.?[a-z0-9]+([.-][a-z0-9]+)*$/
/** Names that other programs prescribe. */
const prescribed = /^(README|CONTRIBUTING|CHANGELOG|LICENSE|SECURITY|PROVENANCE)(\.[\w-]+)*$/

test(`no file is longer than ${maxLines} lines`, () => {
  const long = sources
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > maxLines)
    .map(({ path, lines }) => `${path}: ${lines} lines, wants a seam`)
  expect(long).toEqual([])
})

test(`no line is longer than ${maxColumns} columns`, () => {
  const long = sources.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      return [...line].length > maxColumns ? [`${path}:${index + 1}`] : []
    }),
  )
  expect(long).toEqual([])
})

test('every name says what is in it', () => {
  expect(listFiles().filter(path => emptyNames.test(path))).toEqual([])
})

test('files and folders are kebab-case', () => {
  const parts = sources.map(({ path }) => ({ path, parts: path.split('/') }))
  const odd = parts.filter(({ parts: names }) =>
    names.some(name => !kebabCase.test(name) && !prescribed.test(name)),
  )
  expect(odd.map(({ path }) => path)).toEqual([])
})

test('every file opens with what it is for', () => {
  const silent = sources.filter(({ text }) => !/^(#![^\n]*\n)?(\/\*\*|\/\/)/.test(text))
  expect(silent.map(({ path }) => path)).toEqual([])
})
