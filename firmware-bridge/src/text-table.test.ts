/** Tables of strangers' cells. */
import { expect, test } from 'vitest'
import { plain, textTable } from './text-table.ts'

test('columns are as wide as their widest cell, numbers stand right', () => {
  const columns = [{ title: 'name' }, { title: 'sold', align: 'right' as const }]
  expect(
    textTable(columns, [
      ['tea', '12'],
      ['chocolate', '7'],
    ]),
  ).toEqual(['  name       sold', '  tea          12', '  chocolate     7'])
})

test('without rows there is no table', () => {
  expect(textTable([{ title: 'name' }], [])).toEqual([])
})

test('nothing in a cell moves the cursor or hides text', () => {
  expect(plain('a\u001b[2Jb\u009bc\r\u202ed')).toBe('a·[2Jb·c··d')
})
