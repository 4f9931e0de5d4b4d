/** The published specification files, read in place: every case of every one passes. */
import { expect, test } from 'vitest'
import { readTextSamples } from '../../testing/samples.ts'
import { formatScript } from '../format.ts'
import { script } from '../testing.ts'
import { meaningOf } from '../testing-meaning.ts'
import { runSpecs } from './specs.ts'

const scripts = readTextSamples('numscript', '.num')
const specs = new Map(
  readTextSamples('numscript', '.num.specs.json').map(({ path, text }) => [path, text]),
)
const isHere = scripts.length > 0

test.skipIf(!isHere)(
  'every published script has its specification, and more than 50 are here',
  () => {
    expect(scripts.map(({ path }) => `${path}.specs.json`)).toEqual([...specs.keys()])
    expect(scripts.length).toBeGreaterThan(50)
  },
)

test.skipIf(!isHere).each(scripts)('$path', ({ path, text }) => {
  const cases = runSpecs(text, specs.get(`${path}.specs.json`) ?? '', path)
  expect(cases.length).toBeGreaterThan(0)
  expect(cases.filter(({ passed }) => !passed)).toEqual([])
})

test.skipIf(!isHere).each(scripts)('formatting keeps the meaning of $path', ({ text }) => {
  const formatted = formatScript(script(text))
  expect(meaningOf(script(formatted))).toEqual(meaningOf(script(text)))
  expect(formatScript(script(formatted))).toBe(formatted)
})
