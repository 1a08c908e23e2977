import '@angular/compiler'
import { Component, ErrorHandler, provideBrowserGlobalErrorListeners, signal } from '@angular/core'
import { bootstrapApplication } from '@angular/platform-browser'
import { init } from 'loki-beacon'
import { angularErrorHandler } from 'loki-beacon/angular'

const log = init({ url: '/telemetry', key: 'pk_shop_web', app: 'shop' })

@Component({
  selector: 'app-root',
  template: `
    <button (click)="breakIt()">Break the cart</button>
    <p>{{ total() }}</p>`,
})
class App {
  readonly total = signal(3)

  breakIt(): void {
    this.total.set(0)
    throw new Error('the cart is broken')
  }
}

bootstrapApplication(App, {
  providers: [provideBrowserGlobalErrorListeners(), { provide: ErrorHandler, useValue: angularErrorHandler(log) }],
})
