/** ISO 4217: numbers of the currencies that vending peripherals are made for. */

const NUMBERS =
  'AED784 ARS032 AUD036 BGN975 BHD048 BRL986 CAD124 CHF756 CLP152 CNY156 COP170 CZK203 DKK208 ' +
  'EGP818 EUR978 GBP826 GEL981 HKD344 HUF348 IDR360 ILS376 INR356 ISK352 JOD400 JPY392 KES404 ' +
  'KRW410 KWD414 KZT398 MAD504 MXN484 MYR458 NGN566 NOK578 NZD554 OMR512 PEN604 PHP608 PLN985 ' +
  'QAR634 RON946 RSD941 RUB643 SAR682 SEK752 SGD702 THB764 TRY949 TWD901 UAH980 USD840 VND704 ' +
  'ZAR710'
const CURRENCY_OF = new Map(NUMBERS.split(' ').map(it => [it.slice(3), it.slice(0, 3)] as const))

/** `978` → EUR; undefined for numbers that are not listed here. */
export function currencyOfNumber(number: string): string | undefined {
  return CURRENCY_OF.get(number)
}
