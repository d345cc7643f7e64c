import { useId } from 'react'
import { type Box, type Drawing, type Exit, type Line, pathOf } from '../lib/flow'

const strokes = { done: '#1f7a3d', present: '#0b5394', ahead: '#8a97a5', never: '#c6ced6' } as const
const fills = { done: '#e7f3ea', present: '#0b5394', ahead: '#ffffff', never: '#eef1f4' } as const

/** Never by colour alone. */
const marks = { done: '✓ ', present: '', ahead: '', never: '✕ ' } as const

/** A wide chart is made smaller down to this part of its size; below that it scrolls. */
const LEAST = 0.72

/** The flow chart as one picture: passed states solid, the present one filled and named so, those ahead dashed, those it comes to no more grey. */
export function FlowChart({ drawing, label }: { drawing: Drawing; label: string }) {
  const arrow = useId().replace(/[^a-zA-Z0-9]/g, '')
  return (
    // A keyboard must be able to scroll it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="chart-scroll" tabIndex={0} role="group" aria-label="流程图，可滚动">
      <svg className="chart" role="img" aria-label={label} style={{ width: '100%', maxWidth: drawing.width, minWidth: drawing.width * LEAST }} viewBox={`0 0 ${drawing.width} ${drawing.height}`}>
        <defs>
          {(['taken', 'open'] as const).map((kind) => (
            <marker key={kind} id={`${arrow}-${kind}`} viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto-start-reverse">
              <path d="M0,0 L10,5 L0,10 z" fill={kind === 'taken' ? '#1f7a3d' : '#8a97a5'} />
            </marker>
          ))}
        </defs>
        {drawing.lines.map((l) => (
          <Edge key={l.id} line={l} marker={`url(#${arrow}-${l.taken ? 'taken' : 'open'})`} />
        ))}
        {drawing.exits.map((e) => (
          <Leave key={e.id} exit={e} />
        ))}
        {drawing.boxes.map((b) => (
          <State key={b.node.code} box={b} />
        ))}
      </svg>
    </div>
  )
}

function Edge({ line, marker }: { line: Line; marker: string }) {
  return (
    <g>
      <path d={pathOf(line.points)} fill="none" stroke={line.taken ? '#1f7a3d' : '#a9b4bf'} strokeWidth={line.taken ? 2.2 : 1.3} strokeDasharray={line.taken ? undefined : '5 4'} markerEnd={marker} />
      {line.label &&
        line.titles.map((title, i) => (
          <text key={title} className="edge-text" x={line.label!.x} y={line.label!.y + (i - (line.titles.length - 1) / 2) * 17 + 4} textAnchor="middle" stroke="#fff" strokeWidth={4} paintOrder="stroke">
            {title}
          </text>
        ))}
    </g>
  )
}

function Leave({ exit: e }: { exit: Exit }) {
  return (
    <g>
      <rect x={e.x - e.width / 2} y={e.y - e.height / 2} width={e.width} height={e.height} rx={6} fill="#f7f9fb" stroke="#b8c2cc" strokeDasharray="3 3" />
      {e.titles.map((t, i) => (
        <text key={t} className="edge-text" x={e.x} y={e.y + (i - (e.titles.length - 1) / 2) * 18 + 4} textAnchor="middle">
          {t}
        </text>
      ))}
    </g>
  )
}

function State({ box: b }: { box: Box }) {
  const present = b.phase === 'present'
  const words = `${marks[b.phase]}${b.node.title}`
  return (
    <g>
      <rect
        x={b.x - b.width / 2}
        y={b.y - b.height / 2}
        width={b.width}
        height={b.height}
        rx={b.node.final ? b.height / 2 : 7}
        fill={fills[b.phase]}
        stroke={strokes[b.phase]}
        strokeWidth={present ? 3 : b.phase === 'done' ? 2 : 1.4}
        strokeDasharray={b.phase === 'ahead' ? '6 4' : b.phase === 'never' ? '2 4' : undefined}
      />
      <text x={b.x} y={b.y + 5} textAnchor="middle" style={present ? { fill: '#fff', fontWeight: 700 } : b.phase === 'never' ? { fill: '#5b6875' } : undefined}>
        {words}
      </text>
      {present && (
        <>
          <rect x={b.x + b.width / 2 - 22} y={b.y - b.height / 2 - 13} width={44} height={21} rx={10} fill="#ffd479" stroke="#0b5394" />
          <text x={b.x + b.width / 2} y={b.y - b.height / 2 + 2} textAnchor="middle" style={{ fontSize: 13, fontWeight: 700 }}>
            当前
          </text>
        </>
      )}
    </g>
  )
}
