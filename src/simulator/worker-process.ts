import { CallboxProcess } from './callbox-process.ts'
import { freePort } from './free-port.ts'

export interface WorkerStart {
  readonly redisUrl: string
  readonly databaseUrl: string
  /** Path of the config file of its gateways. */
  readonly config: string
  /** Ctrl-C in a terminal is for whoever started it. */
  readonly isDetached?: boolean
}

/** `callbox worker` in a process of its own. */
export class WorkerProcess extends CallboxProcess {
  readonly #port: number

  constructor(port: number) {
    super(port)
    this.#port = port
  }

  static async make(): Promise<WorkerProcess> {
    return new WorkerProcess(await freePort())
  }

  /** Resolves when `/readyz` says so; rejects with its last words when it ends before. */
  start({ redisUrl, databaseUrl, config, isDetached = false }: WorkerStart): Promise<void> {
    return this.run({
      args: ['worker', '--config', config],
      isDetached,
      environment: {
        CALLBOX_REDIS_URL: redisUrl,
        CALLBOX_DATABASE_URL: databaseUrl,
        CALLBOX_WORKER_PORT: String(this.#port),
        CALLBOX_LOG_LEVEL: 'warn'
      }
    })
  }
}
