import * as container from './container-messages.ts'
import * as sandbox from './sandbox-messages.ts'
import * as task from './task-messages.ts'
import {method} from './wire.ts'

const runtime = (name: string) => `/runtime.v1.RuntimeService/${name}`
const tasks = (name: string) => `/containerd.services.tasks.v1.Tasks/${name}`

export const version = method(runtime('Version'), sandbox.Empty, container.VersionResponse)
export const runSandbox = method(runtime('RunPodSandbox'), sandbox.RunSandboxRequest, sandbox.SandboxId)
export const stopSandbox = method(runtime('StopPodSandbox'), sandbox.SandboxId, sandbox.Empty)
export const removeSandbox = method(runtime('RemovePodSandbox'), sandbox.SandboxId, sandbox.Empty)
export const sandboxStatus = method(
  runtime('PodSandboxStatus'),
  sandbox.SandboxStatusRequest,
  sandbox.SandboxStatusResponse,
)
export const listSandboxes = method(runtime('ListPodSandbox'), sandbox.Empty, sandbox.ListSandboxesResponse)

export const createContainer = method(
  runtime('CreateContainer'),
  container.CreateContainerRequest,
  container.ContainerId,
)
export const startContainer = method(runtime('StartContainer'), container.ContainerId, sandbox.Empty)
export const stopContainer = method(runtime('StopContainer'), container.StopContainerRequest, sandbox.Empty)
export const removeContainer = method(runtime('RemoveContainer'), container.ContainerId, sandbox.Empty)
export const listContainers = method(
  runtime('ListContainers'),
  sandbox.Empty,
  container.ListContainersResponse,
)
export const containerStatus = method(
  runtime('ContainerStatus'),
  container.ContainerStatusRequest,
  container.ContainerStatusResponse,
)
export const execSync = method(runtime('ExecSync'), container.ExecSyncRequest, container.ExecSyncResponse)
export const attach = method(runtime('Attach'), container.AttachRequest, container.StreamingUrl)
export const imageStatus = method(
  '/runtime.v1.ImageService/ImageStatus',
  container.ImageStatusRequest,
  container.ImageStatusResponse,
)

export const taskExec = method(tasks('Exec'), task.ExecProcessRequest, sandbox.Empty)
export const taskStart = method(tasks('Start'), task.ProcessId, task.StartResponse)
export const taskWait = method(tasks('Wait'), task.ProcessId, task.WaitResponse)
export const taskKill = method(tasks('Kill'), task.KillRequest, sandbox.Empty)
export const taskDeleteProcess = method(tasks('DeleteProcess'), task.ProcessId, sandbox.Empty)
export const taskResize = method(tasks('ResizePty'), task.ResizeRequest, sandbox.Empty)
export const taskCloseIo = method(tasks('CloseIO'), task.CloseIoRequest, sandbox.Empty)
export const subscribe = method(
  '/containerd.services.events.v1.Events/Subscribe',
  task.SubscribeRequest,
  task.Envelope,
)
