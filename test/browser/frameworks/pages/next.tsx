import { createRoot } from 'react-dom/client'
import GlobalError from '../../../../demo/frameworks/next/app/global-error.tsx'
import { onRouterTransitionStart } from '../../../../demo/frameworks/next/instrumentation-client.ts'

/** What Next does in a browser with the files of the example: tells of a transition, then shows the global error. */

onRouterTransitionStart('/cart?token=secret', 'push')
createRoot(document).render(<GlobalError error={Object.assign(new Error('the page is broken'), { digest: '7' })} />)
