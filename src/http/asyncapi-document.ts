import type { TSchema } from 'typebox'
import { FromClient, ToClient } from '../delivery/protocol.ts'
import { CLOSE, PROTOCOL_VERSION, SOCKET_LIMITS, SUBPROTOCOL } from '../delivery/protocol-limits.ts'
import { SOCKET_PATH } from '../delivery/socket.ts'
import { UNITS_FEED_PATH, UnitsFeedAnswer, UnitsFeedMessage } from './units-feed.ts'

type Json = Record<string, unknown>

const DESCRIPTION = `One WebSocket for each signed-on handler: subprotocol ${SUBPROTOCOL}, UTF-8 JSON, one message a
frame. Get a ticket from POST /api/v1/ws-ticket, open the socket, and send hello within ${SOCKET_LIMITS.helloMs} ms. A
client ignores messages and fields it does not know; the gateway closes with ${CLOSE.badFrame.code} on any it does not
know. docs/protocol.md tells it with an example.`.replaceAll('\n', ' ')

/** A line for each message; a test asks for one where it is missing. */
export const MESSAGE_WORDS: Readonly<Record<string, string>> = {
  'client.hello': 'First message: the ticket, and where to resume.',
  'client.ack': 'Received up to this sequence, and these pops.',
  'client.seen': 'A pop was painted in a visible window.',
  'client.cmd': 'A handler acts: takes a call, or closes a card that is written up. Answered by res, once for each id.',
  'client.hb': 'Still here, and whether the window is visible.',
  'client.bye': 'The client goes by itself.',
  'server.welcome': 'The session has begun: its epoch, sequence, heartbeat, and the service level.',
  'server.snapshot': 'Everything the screen must show; after a welcome that did not resume, or when the log was lost.',
  'server.ev': 'Something happened to a call: a pop, a state, a panel, or the card leaves.',
  'server.res': 'Answer to a cmd.',
  'server.hb': 'Still here, and the service level.',
  'server.bye': 'The gateway goes; come back after retryMs.'
}

const UNITS_MESSAGES: Json = {
  'units.said': { name: 'said', summary: 'Where units are and what they do.', payload: toJson(UnitsFeedMessage) },
  'units.taken': { name: 'taken', summary: 'What became of it, in the same order.', payload: toJson(UnitsFeedAnswer) }
}

/** The radio of a force: the words of POST /api/v1/units/positions, over one connection. */
const UNITS_CHANNEL: Json = {
  address: UNITS_FEED_PATH,
  description: 'For a system of a force, with its token; each message is answered. docs/recommendation.md tells it.',
  messages: Object.fromEntries(
    Object.keys(UNITS_MESSAGES).map(name => [name, { $ref: `#/components/messages/${name}` }])
  ),
  bindings: {
    ws: {
      method: 'GET',
      headers: { type: 'object', properties: { Authorization: { type: 'string' } }, required: ['Authorization'] }
    }
  }
}

function toJson(schema: TSchema): Json {
  return JSON.parse(JSON.stringify(schema)) as Json
}

/** AsyncAPI 3 of the WebSocket, from the schemas that check its messages. */
export function toAsyncApi(): Json {
  const messages = [...messagesOf('client', FromClient), ...messagesOf('server', ToClient)]
  const refs = (side: string) =>
    messages
      .filter(([name]) => name.startsWith(side))
      .map(([name]) => ({ $ref: `#/channels/console/messages/${name}` }))
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Callbox console protocol',
      version: `${PROTOCOL_VERSION}.0.0`,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0' }
    },
    defaultContentType: 'application/json',
    channels: {
      console: {
        address: SOCKET_PATH,
        description: `Close codes and limits: x-close and x-limits. Subprotocol ${SUBPROTOCOL}.`,
        messages: Object.fromEntries(messages.map(([name]) => [name, { $ref: `#/components/messages/${name}` }])),
        bindings: {
          ws: {
            method: 'GET',
            headers: {
              type: 'object',
              properties: { 'Sec-WebSocket-Protocol': { const: SUBPROTOCOL }, Origin: { type: 'string' } },
              required: ['Sec-WebSocket-Protocol', 'Origin']
            }
          }
        },
        'x-close': Object.values(CLOSE),
        'x-limits': SOCKET_LIMITS
      },
      units: UNITS_CHANNEL
    },
    operations: {
      fromClient: { action: 'receive', channel: { $ref: '#/channels/console' }, messages: refs('client.') },
      toClient: { action: 'send', channel: { $ref: '#/channels/console' }, messages: refs('server.') },
      unitsSaid: { action: 'receive', channel: { $ref: '#/channels/units' } }
    },
    components: { messages: { ...Object.fromEntries(messages), ...UNITS_MESSAGES } }
  }
}

/** Each message of a union by side and type: `client.hello`. */
function messagesOf(side: 'client' | 'server', union: TSchema): [string, Json][] {
  const { anyOf } = JSON.parse(JSON.stringify(union)) as { anyOf: { properties: { t: { const: string } } }[] }
  return anyOf.map(payload => {
    const kind = payload.properties.t.const
    const name = `${side}.${kind}`
    return [name, { name: kind, summary: MESSAGE_WORDS[name] ?? '', payload }]
  })
}
