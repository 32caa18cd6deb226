import Type from 'typebox'

/** This gateway among the others over the same record; a section of config-schema.ts. */
export const NodeConfig = Type.Object(
  {
    siteGroup: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$',
      default: 'main',
      description:
        'Gateways that stand and fall together, as those of one site: when all of a group are gone, it is told'
    })
  },
  { additionalProperties: false, default: {} }
)
