import protobuf from 'protobufjs'

// The part of Loki's schema that a push is written in: https://github.com/grafana/loki/blob/v3.7.8/pkg/push/push.proto
const { root } = protobuf.parse(`
  syntax = "proto3";
  package logproto;
  message PushRequest { repeated StreamAdapter streams = 1; }
  message StreamAdapter { string labels = 1; repeated EntryAdapter entries = 2; uint64 hash = 3; }
  message EntryAdapter { Timestamp timestamp = 1; string line = 2; repeated LabelPairAdapter structuredMetadata = 3; }
  message LabelPairAdapter { string name = 1; string value = 2; }
  message Timestamp { int64 seconds = 1; int32 nanos = 2; }
`)

export const PushRequest = root.lookupType('logproto.PushRequest')
const StreamAdapter = root.lookupType('logproto.StreamAdapter')

export interface DecodedPush {
  streams: { labels: string; entries: DecodedEntry[] }[]
}

export interface DecodedEntry {
  timestamp: { seconds: number; nanos: number }
  line: string
  structuredMetadata: { name: string; value: string }[]
}

export function decodePush(bytes: Uint8Array): DecodedPush {
  return PushRequest.toObject(PushRequest.decode(bytes), toNumbers) as DecodedPush
}

/** A run of entries is a stream without labels. */
export function decodeStream(bytes: Uint8Array): { entries: DecodedEntry[] } {
  return StreamAdapter.toObject(StreamAdapter.decode(bytes), toNumbers) as { entries: DecodedEntry[] }
}

/** Exact for all times below 2^53 seconds. */
const toNumbers = { longs: Number, defaults: true }
