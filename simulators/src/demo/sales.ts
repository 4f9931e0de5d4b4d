/** Every sale of the operator as the API shows it, page by page. */
import { listOf } from '@tillproof/shared/api/fields.ts'
import { type Device, device } from '@tillproof/shared/api/machines.ts'
import { type Sale, type SaleDetail, sale, saleDetail } from '@tillproof/shared/api/money.ts'
import type { Api } from './api.ts'

const sales = listOf(sale)
const devices = listOf(device)

export async function allSales(api: Api): Promise<Sale[]> {
  return await allPages(async before => await api.get(`/api/v1/sales?limit=200${before}`, sales))
}

export async function allDevices(api: Api): Promise<Device[]> {
  return await allPages(
    async before => await api.get(`/api/v1/devices?limit=200${before}`, devices),
  )
}

export async function saleWithEvidence(api: Api, id: string): Promise<SaleDetail> {
  return await api.get(`/api/v1/sales/${id}`, saleDetail)
}

async function allPages<T>(
  read: (before: string) => Promise<{ items: T[]; next: string | null }>,
): Promise<T[]> {
  const all: T[] = []
  for (let next: string | null = ''; next !== null; ) {
    const page: { items: T[]; next: string | null } = await read(next && `&before=${next}`)
    all.push(...page.items)
    next = page.next
  }
  return all
}
