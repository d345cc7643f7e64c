import { screen, waitFor } from '@testing-library/react'
import { expect } from 'vitest'

/** The button once it takes a click: one that still waits for an answer ignores it. */
export const ready = (name: RegExp) =>
  waitFor(() => {
    const button = screen.getByRole('button', { name })
    expect(button.className).not.toContain('loading')
    return button
  })
