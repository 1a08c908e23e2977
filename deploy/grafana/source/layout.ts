import type { Panel, RowPanel } from '@grafana/schema'

/** A panel with its size; where it stands follows from its neighbours. */
export type SizedPanel = Panel & { gridPos: { w: number; h: number } }

export interface Row {
  title: string
  panels: SizedPanel[]
}

/** Of Grafana's grid. */
const columns = 24

/** Sets panels side by side, as many as fit, under the title of their row; numbers them, since links name panels by id. */
export function layOut(rows: readonly Row[]): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = []
  let y = 0
  for (const { title, panels } of rows) {
    placed.push({
      type: 'row',
      id: placed.length + 1,
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: columns, h: 1 },
      panels: [],
    })
    y += 1
    let x = 0
    let height = 0
    for (const panel of panels) {
      const { w, h } = panel.gridPos
      if (x + w > columns) {
        y += height
        x = 0
        height = 0
      }
      placed.push({ ...panel, id: placed.length + 1, gridPos: { x, y, w, h } })
      x += w
      height = Math.max(height, h)
    }
    y += height
  }
  return placed
}
