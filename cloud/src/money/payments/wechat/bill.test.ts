/** Daily bills as the company writes them: yuan with backticks, heads in any order, honest sums. */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { describe, expect, test } from 'vitest'
import { minorOf, readFundBill, readTradeBill } from './bill.ts'

const TRADE_HEAD =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,' +
  '付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,' +
  '退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const PAID =
  '`2026-11-21 00:00:05,`wx1,`1900000109,`0,`,`4200001,`0123456789abcdef0123456789abcdef,`o1,' +
  '`NATIVE,`SUCCESS,`OTHERS,`CNY,`3.40,`0.10,`0,`0,`0.00,`0.00,`,`,`Cola, large,`,`0.02040,' +
  '`0.60%,`3.50,`0.00,`'
const RETURNED =
  '`2026-11-21 10:00:00,`wx1,`1900000109,`0,`,`4200002,`elsewhere-7,`o1,`NATIVE,`REFUND,`OTHERS,' +
  '`CNY,`0.00,`0.00,`5000001,`refund-1,`1.20,`0.00,`ORIGINAL,`SUCCESS,`Tea,`,`-0.00720,`0.60%,' +
  '`0.00,`1.20,`'
const TRADE_SUMS_HEAD =
  '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'
const TRADE_SUMS = '`2,`3.40,`1.20,`0.00,`0.01320,`3.50,`1.20'

const trades = (...rows: string[]) => readTradeBill(utf8(rows.join('\r\n')))

describe('the trade bill', () => {
  test('gives payments and refunds in minor units, fees to the thousandth of one', () => {
    const bill = trades(`\ufeff${TRADE_HEAD}`, PAID, RETURNED, TRADE_SUMS_HEAD, TRADE_SUMS, '')
    expect(bill).toEqual({
      ok: true,
      lines: [
        {
          atMs: Date.UTC(2026, 10, 20, 16, 0, 5),
          orderId: '01234567-89ab-cdef-0123-456789abcdef',
          transactionId: '4200001',
          currency: 'CNY',
          amountMinor: 350n,
          settledMinor: 340n,
          feeMilliMinor: 2040n,
          refund: null,
        },
        {
          atMs: Date.UTC(2026, 10, 21, 2, 0, 0),
          orderId: 'elsewhere-7',
          transactionId: '4200002',
          currency: 'CNY',
          amountMinor: 0n,
          settledMinor: 0n,
          feeMilliMinor: -720n,
          refund: { refundId: 'refund-1', companyRefundId: '5000001', amountMinor: 120n },
        },
      ],
    })
  })

  test.each([
    ['no sums at the end', [TRADE_HEAD, PAID, RETURNED]],
    ['no sums at the end', ['']],
    ['its sums are not its lines’', [TRADE_HEAD, PAID, TRADE_SUMS_HEAD, TRADE_SUMS]],
    [
      'its sums are not its lines’',
      [TRADE_HEAD, PAID, RETURNED, TRADE_SUMS_HEAD, TRADE_SUMS.replace('3.40', '3.41')],
    ],
    ['line 2 cannot be read', [TRADE_HEAD, `${PAID},\`more`, TRADE_SUMS_HEAD, TRADE_SUMS]],
    [
      'line 3 cannot be read',
      [TRADE_HEAD, PAID, RETURNED.replaceAll('1.20', '1.2x'), TRADE_SUMS_HEAD, TRADE_SUMS],
    ],
    [
      'line 2 cannot be read',
      [TRADE_HEAD, PAID.replace('`SUCCESS', '`REVOKED'), TRADE_SUMS_HEAD, TRADE_SUMS],
    ],
  ])('is refused with "%s"', (detail, rows) => {
    expect(trades(...rows)).toEqual({ refused: 'malformed', detail })
  })
})

describe('the fund bill', () => {
  const bill = (amount: string, width = '()') =>
    readFundBill(
      utf8(
        [
          `记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额${width[0]}元${width[1]},` +
            `账户结余${width[0]}元${width[1]},资金变更提交申请人,备注,业务凭证号`,
          '`2026-11-21 09:00:00,`4200001,`flow-1,`交易,`交易,`收入,`3.50,`3.50,`system,`,' +
            '`0123456789abcdef0123456789abcdef',
          `\`2026-11-21 09:00:00,\`4200001,\`flow-2,\`交易,\`扣除交易手续费,\`支出,\`${amount},` +
            '`3.48,`system,`费率0.6%,`0123456789abcdef0123456789abcdef',
          '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额',
          '`2.0,`1.0,`3.50,`1.0,`0.02',
        ].join('\n'),
      ),
    )
  test.each(['()', '（）'])('gives movements and the balance after each, with %s', width => {
    const read = bill('0.02', width)
    expect(read).toMatchObject({
      lines: [
        { flowId: 'flow-1', direction: 'in', amountMinor: 350n, balanceMinor: 350n },
        {
          flowId: 'flow-2',
          businessId: '4200001',
          business: '扣除交易手续费',
          direction: 'out',
          amountMinor: 2n,
          balanceMinor: 348n,
          note: '费率0.6%',
          voucherId: '01234567-89ab-cdef-0123-456789abcdef',
        },
      ],
    })
  })
  test('is refused when its sums are not its lines’', () => {
    expect(bill('0.03')).toEqual({ refused: 'malformed', detail: 'its sums are not its lines’' })
  })
})

test('yuan become minor units digit by digit', () => {
  const cases: [string, number, bigint | undefined][] = [
    ['0.07', 2, 7n],
    ['1.1', 2, 110n],
    ['999999999999999.99', 2, 99_999_999_999_999_999n],
    ['-0.05940', 5, -5940n],
    ['3', 2, 300n],
    ['0.050', 2, 5n],
    ['0.005', 2, undefined],
    ['1e3', 2, undefined],
    ['', 2, undefined],
    ['.5', 2, undefined],
    ['1,000.00', 2, undefined],
  ]
  expect(cases.map(([text, decimals]) => minorOf(text, decimals))).toEqual(
    cases.map(([, , minor]) => minor),
  )
})
