/**
 * What the palette takes from its environment. An editor that the agent itself has started gets
 * address and token this way, and nobody has to type them.
 */
'use strict'

exports.agentFromEnvironment = () => ({
  url: process.env.TILLPROOF_AGENT_URL || '',
  token: process.env.TILLPROOF_AGENT_TOKEN || '',
})
