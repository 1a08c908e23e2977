import { drawing } from './element.js'
import { formatCount } from './format.js'

const barWidth = 3
const gap = 1
const height = 24

/** Bars of counts, the oldest on the left; empty ones leave a trace, so that one sees the time that is shown. */
export function sparkline(counts, span) {
  const most = Math.max(1, ...counts)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const width = counts.length * (barWidth + gap) - gap
  return drawing(
    'svg',
    {
      class: 'spark',
      role: 'img',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      'aria-label': `${formatCount(total)} in the last ${span}`,
    },
    ...counts.map((count, index) => {
      const tall = count === 0 ? 1 : Math.max(3, Math.round((count / most) * height))
      return drawing('rect', {
        class: count === 0 ? 'none' : 'some',
        x: index * (barWidth + gap),
        y: height - tall,
        width: barWidth,
        height: tall,
        rx: count === 0 ? 0 : 1,
      })
    }),
  )
}
