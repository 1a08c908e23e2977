declare const __RELAY_VERSION__: string
declare const __SDK_VERSION__: string

/** Written in by the build; run from source, there is no version to tell. */
export const relayVersion = typeof __RELAY_VERSION__ === 'undefined' ? '0.0.0-source' : __RELAY_VERSION__

/** Version of the SDK whose bundles this package serves. */
export const sdkVersion = typeof __SDK_VERSION__ === 'undefined' ? '0.0.0-source' : __SDK_VERSION__
