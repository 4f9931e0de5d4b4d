/** Habits of the house that no linter rule of ours expresses. */
import { expect, test } from 'vitest'
import { places, production } from './sources.ts'

const inWorkspaces = production.filter(({ workspace }) => workspace !== '')
/** Run before anything is installed, or by Node-RED as plain JavaScript: no class of ours there. */
const typescript = inWorkspaces.filter(({ path }) => /\.tsx?$/.test(path))

/** The launcher runs before any configuration; Node-RED's settings file reads its own process's. */
const environmentReaders =
  /(^|\/)config\.ts$|^simulators\/bin\/|^edge-agent\/src\/local\/node-red\.ts$/

test('the environment is read in config.ts only', () => {
  const outside = inWorkspaces.filter(({ path }) => !environmentReaders.test(path))
  expect(outside.flatMap(source => places(source, /\bprocess\.env\b/))).toEqual([])
})

test('faults are thrown as the one coded error class', () => {
  expect(typescript.flatMap(source => places(source, /\bnew Error\(/))).toEqual([])
})

test('clock, randomness and timers are given to the pure middle, never taken by it', () => {
  const impure = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bset(Timeout|Interval)\(/
  const pure = production.filter(({ path }) => /^(shared|firmware-bridge)\/src\//.test(path))
  expect(pure.flatMap(source => places(source, impure))).toEqual([])
})

test('nothing is left for later in a comment', () => {
  const marks = new RegExp(
    `\\b(${['TO', 'FIX', 'XX'].map((a, i) => a + ['DO', 'ME', 'X'][i]).join('|')})\\b`,
  )
  const found = production.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (marks.test(line) ? [`${path}:${index + 1}`] : [])),
  )
  expect(found).toEqual([])
})

test('the type checker is not silenced', () => {
  const silenced = /@ts-(ignore|nocheck|expect-error)|(\bas|:) any(?=\s*([;,)\]}=.|&]|$))/
  const found = production.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (silenced.test(line) ? [`${path}:${index + 1}`] : [])),
  )
  expect(found).toEqual([])
})
