import { CallboxProcess } from './callbox-process.ts'
import { freePort } from './free-port.ts'

export interface GatewayPlace {
  readonly dataDir: string
  readonly sipPort: number
  readonly httpPort: number
}

export interface GatewayStart {
  /** The demo's own switch places calls. */
  readonly calls?: boolean
  /** Desks of each force, where it should be others than the demo's fifty. */
  readonly desks?: number
  /** Path of a config file in place of the demo's own. */
  readonly config?: string
  /** Goes over the variables it is started with. */
  readonly environment?: Readonly<Record<string, string>>
  /** Ctrl-C in a terminal is for whoever started it. */
  readonly isDetached?: boolean
}

/** A gateway with demo data in a process of its own, as a force runs it. */
export class GatewayProcess extends CallboxProcess {
  readonly place: GatewayPlace

  constructor(place: GatewayPlace) {
    super(place.httpPort)
    this.place = place
  }

  /** On ports that are free now, so that several can run beside each other. */
  static async at(dataDir: string): Promise<GatewayProcess> {
    return new GatewayProcess({ dataDir, sipPort: await freePort(), httpPort: await freePort() })
  }

  /** Resolves when `/readyz` says so; rejects with the gateway's last words when it ends before. */
  start({ calls = false, desks, config, environment = {}, isDetached = false }: GatewayStart = {}): Promise<void> {
    const { dataDir, sipPort, httpPort } = this.place
    const options = [
      ...(calls ? [] : ['--no-calls']),
      ...(desks === undefined ? [] : ['--desks', String(desks)]),
      ...(config === undefined ? [] : ['--config', config])
    ]
    return this.run({
      args: ['demo', ...options],
      isDetached,
      environment: {
        CALLBOX_DATA_DIR: dataDir,
        CALLBOX_SIP_PORT: String(sipPort),
        CALLBOX_HTTP_PORT: String(httpPort),
        CALLBOX_LOG_LEVEL: 'warn',
        ...environment
      }
    })
  }
}
