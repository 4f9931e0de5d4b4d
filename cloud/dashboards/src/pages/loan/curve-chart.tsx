/** Line chart of repayment against plan; only the parts of the chart library that it draws with. */
import type { Loan } from '@tillproof/shared/api/lending.ts'
import { LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import type { EChartsCoreOption } from 'echarts/core'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../app/i18n/i18n.ts'
import { colours, fonts } from '../../app/theme.ts'
import { curvePoints } from './curve.ts'

use([LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer])

export function CurveChart({ loan }: { loan: Loan }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const box = useRef<HTMLDivElement>(null)
  const option = optionOf(loan, [t('loan.plannedSum'), t('loan.actualSum')])
  const drawn = JSON.stringify(option)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the option is held by its content.
  useEffect(() => {
    if (!box.current) return
    const chart = init(box.current)
    chart.setOption(withFormats(option, loan.currency, language))
    const resizes = new ResizeObserver(() => chart.resize())
    resizes.observe(box.current)
    return () => {
      resizes.disconnect()
      chart.dispose()
    }
  }, [drawn, language])
  return <div ref={box} className="chart" role="img" aria-label={t('loan.chartLabel')} />
}

function optionOf(loan: Loan, names: readonly [string, string]) {
  const { planned, actual } = curvePoints(loan.curve, loan.currency)
  const dot = loan.curve.length < 40
  return {
    animation: false,
    textStyle: { fontFamily: fonts, color: colours.ink },
    grid: { left: 8, right: 20, top: 44, bottom: 8, containLabel: true },
    legend: { top: 4, left: 0, data: [...names], textStyle: { color: colours.ink } },
    tooltip: { trigger: 'axis', renderMode: 'richText', confine: true },
    xAxis: { type: 'time', axisLine: { lineStyle: { color: colours.line } } },
    yAxis: { type: 'value', splitLine: { lineStyle: { color: colours.line } } },
    series: [
      line(names[0], planned, false, { color: colours.plan, type: 'dashed', width: 2 }),
      line(names[1], actual, dot, { color: colours.brand, type: 'solid', width: 3 }),
    ],
  }
}

type LineLook = { color: string; type: 'solid' | 'dashed'; width: number }

/** The two lines differ in dash and width as well as in colour. */
function line(name: string, data: unknown[], dot: boolean, look: LineLook) {
  return {
    type: 'line',
    name,
    data,
    showSymbol: dot,
    symbol: look.type === 'solid' ? 'circle' : 'none',
    symbolSize: 6,
    lineStyle: look,
    itemStyle: { color: look.color },
  }
}

function withFormats(
  option: ReturnType<typeof optionOf>,
  currency: string,
  language: string,
): EChartsCoreOption {
  const money = new Intl.NumberFormat(language, { style: 'currency', currency })
  const short = new Intl.NumberFormat(language, { notation: 'compact' })
  const muted = { color: colours.muted, hideOverlap: true }
  return {
    ...option,
    tooltip: { ...option.tooltip, valueFormatter: (value: number) => money.format(value) },
    xAxis: { ...option.xAxis, axisLabel: muted },
    yAxis: {
      ...option.yAxis,
      axisLabel: { ...muted, formatter: (value: number) => short.format(value) },
    },
  }
}
