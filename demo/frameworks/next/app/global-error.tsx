'use client'

import { useEffect } from 'react'
import { log } from '../beacon'

export default function GlobalError({ error }: { error: Error & { digest?: string } }) {
  useEffect(() => log.captureError(error, { digest: error.digest }, 'next'), [error])
  return (
    <html lang="en">
      <body>Something went wrong</body>
    </html>
  )
}
