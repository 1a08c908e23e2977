import 'zone.js'
import '@angular/compiler'
import { Component, ErrorHandler, provideBrowserGlobalErrorListeners, provideZoneChangeDetection } from '@angular/core'
import { bootstrapApplication } from '@angular/platform-browser'
import { init } from 'loki-beacon'
import { angularErrorHandler } from 'loki-beacon/angular'

/** An app on zone.js, which counts its change detections. */

const log = init({ url: '/telemetry', key: 'pk_shop_web', capture: { errors: true, rejections: true } })

@Component({
  selector: 'app-root',
  template: `
    <button (click)="throwIt()">throw</button>
    <button (click)="reject()">reject</button>
    <button (click)="logIt()">log</button>`,
})
class App {
  throwIt(): void {
    throw new Error('thrown in a zone')
  }

  reject(): void {
    Promise.reject(new Error('rejected in a zone'))
  }

  logIt(): void {
    log.info('one line')
  }

  ngDoCheck(): void {
    const page = globalThis as { checks?: number }
    page.checks = (page.checks ?? 0) + 1
  }
}

bootstrapApplication(App, {
  providers: [
    provideZoneChangeDetection(),
    provideBrowserGlobalErrorListeners(),
    { provide: ErrorHandler, useValue: angularErrorHandler(log) },
  ],
})
