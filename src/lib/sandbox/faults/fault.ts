import {type Static, Type} from 'typebox'
import {Compile} from 'typebox/compile'
import {type ApiMode, apiModes} from './modes.ts'

const text = Type.String({minLength: 1})
const pod = {namespace: Type.Optional(text), pod: text}
const container = {...pod, container: Type.Optional(text)}
/** Either a pod or a node with all its pods. */
const place = {namespace: Type.Optional(text), pod: Type.Optional(text), node: Type.Optional(text)}
const percent = Type.Number({exclusiveMinimum: 0, maximum: 100})
const milliseconds = Type.Number({minimum: 0, maximum: 600_000})

const kill = Type.Object({kind: Type.Literal('kill'), ...container})
const crash = Type.Object({
  kind: Type.Literal('crash'),
  ...container,
  /** Only processes whose command line holds this. */
  process: Type.Optional(text),
})
const remove = Type.Object({kind: Type.Literal('delete'), ...pod, force: Type.Boolean()})
const pause = Type.Object({kind: Type.Literal('pause'), ...container})
const partition = Type.Object({
  kind: Type.Literal('partition'),
  ...place,
  /** `all`, `pods`, `api`, or the name of a pod in the same namespace. */
  from: text,
})
const latency = Type.Object({kind: Type.Literal('latency'), ...place, milliseconds})
const loss = Type.Object({kind: Type.Literal('loss'), ...place, percent})
const diskFull = Type.Object({kind: Type.Literal('disk-full'), ...pod, claim: Type.Optional(text)})
const nodeDown = Type.Object({kind: Type.Literal('node-down'), node: text})
const api = Type.Object({
  kind: Type.Literal('api'),
  mode: Type.Unsafe<ApiMode>(Type.Enum([...apiModes])),
  /** Share of the requests, where the mode answers requests. */
  percent: Type.Optional(percent),
  /** Of `slow`: how much later each answer comes. Of `watch-drop`: how long a watch may last. */
  milliseconds: Type.Optional(milliseconds),
})

const Momentary = Type.Union([kill, crash, remove])
const Lasting = Type.Union([pause, partition, latency, loss, diskFull, nodeDown, api])

/** Done at once; there is nothing to undo. */
export type Momentary = Static<typeof Momentary>
/** Lasts until it is undone or its time is over. */
export type Lasting = Static<typeof Lasting>
export type ApiFault = Static<typeof api>
/** A pod, or a node with all its pods. */
export type Place = {namespace?: string; pod?: string; node?: string}

const Request = Type.Object({
  fault: Type.Union([Momentary, Lasting]),
  /** Seconds until it is undone by itself. */
  seconds: Type.Optional(Type.Number({exclusiveMinimum: 0})),
})
export type FaultRequest = Static<typeof Request>
export const faultRequest = Compile(Request)

const Fault = Type.Object({
  /** Short and unique in its sandbox: `pause-1`. */
  id: Type.String(),
  fault: Lasting,
  /** What it does, for a person. */
  text: Type.String(),
  since: Type.String(),
  until: Type.Union([Type.String(), Type.Null()]),
  /** What undoing needs to know: control groups that were stopped, the folder of a volume. */
  held: Type.Array(Type.String()),
})
/** A lasting fault as it is noted in the sandbox's state. */
export type Fault = Static<typeof Fault>
export const faultList = Compile(Type.Array(Fault))

const Done = Type.Object({
  /** Null where nothing lasts. */
  fault: Type.Union([Fault, Type.Null()]),
  text: Type.String(),
})
/** What the daemon answers to a request for a fault. */
export type FaultDone = Static<typeof Done>
export const faultDone = Compile(Done)

export const isMomentary = Compile(Momentary)
export const isLasting = Compile(Lasting)
