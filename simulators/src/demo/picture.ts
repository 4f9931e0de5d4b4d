/** The last thing a start prints: where to look, how to get in, what runs where. */
import type { Demo } from './demo.ts'

/** Plain text, a table by spaces, at most 90 columns. */
export function pictureOf({ address, actors, folder, settings, devices, crew }: Demo): string {
  const { ports } = settings
  const signIns = Object.values(actors).map(({ signIn }) => [
    signIn.kind,
    signIn.email,
    signIn.password,
    signIn.organisation,
  ])
  const cloud = `HTTP ${ports.api}, MQTT ${ports.mqtt}; PostgreSQL and chain inside`
  const rows = [
    ['cloud', cloud],
    ['payment company', `sandbox, HTTP ${ports.sandbox}`],
    ['witness', `of the lender, HTTP ${ports.witness}`],
    ['vending machine', `${devices.vending}, MDB adapter and QR scanner on pseudo-terminals`],
    ['massage chair', `${devices.chair}, Modbus TCP timer box`],
    ['shared car', `${devices.car}, NMEA and Modbus RTU on pseudo-terminals`],
  ]
  return [
    '',
    `  Dashboard   ${address}`,
    '',
    '  Sign-ins made for this run',
    ...table(signIns),
    '',
    '  What runs',
    ...table(rows),
    '',
    `  ${crew.names().length} processes; data and logs in ${folder.root}`,
    '  Ctrl-C stops all; npm start goes on with this data, npm start -- --reset begins anew.',
    '',
  ].join('\n')
}

function table(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => {
    return Math.max(...rows.map(row => (row[column] ?? '').length))
  })
  return rows.map(row => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
    return `    ${cells.join('  ').trimEnd()}`
  })
}
