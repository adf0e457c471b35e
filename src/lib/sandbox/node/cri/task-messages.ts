import {bool, bytes, message, one, string, strings, uint32} from './wire.ts'

// containerd's own task and event services: what the container runtime interface does not offer.

export const AnyValue = message('google.protobuf.AnyValue', {type_url: string(1), value: bytes(2)})

export const ExecProcessRequest = message('containerd.services.tasks.v1.ExecProcessRequest', {
  container_id: string(1),
  stdin: string(2),
  stdout: string(3),
  stderr: string(4),
  terminal: bool(5),
  spec: one(6, AnyValue),
  exec_id: string(7),
})
export const ProcessId = message('containerd.services.tasks.v1.ProcessIdMessage', {
  container_id: string(1),
  exec_id: string(2),
})
export const StartResponse = message('containerd.services.tasks.v1.StartResponse', {pid: uint32(1)})
export const WaitResponse = message('containerd.services.tasks.v1.WaitResponse', {exit_status: uint32(1)})
export const KillRequest = message('containerd.services.tasks.v1.KillRequest', {
  container_id: string(1),
  exec_id: string(2),
  signal: uint32(3),
  all: bool(4),
})
export const ResizeRequest = message('containerd.services.tasks.v1.ResizePtyRequest', {
  container_id: string(1),
  exec_id: string(2),
  width: uint32(3),
  height: uint32(4),
})
export const CloseIoRequest = message('containerd.services.tasks.v1.CloseIORequest', {
  container_id: string(1),
  exec_id: string(2),
  stdin: bool(3),
})
export const SubscribeRequest = message('containerd.services.events.v1.SubscribeRequest', {
  filters: strings(1),
})
export const Envelope = message('containerd.services.events.v1.Envelope', {
  namespace: string(2),
  topic: string(3),
  event: one(4, AnyValue),
})
export const TaskExit = message('containerd.events.TaskExit', {container_id: string(1), id: string(2)})
export const TaskOom = message('containerd.events.TaskOOM', {container_id: string(1)})
