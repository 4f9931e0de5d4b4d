/** Hands a text to the reader's downloads. */

export function saveFile(name: string, type: string, text: string): void {
  // Spreadsheets take a text without this mark for one in the system's old encoding.
  const url = URL.createObjectURL(new Blob(['\uFEFF', text], { type: `${type};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
