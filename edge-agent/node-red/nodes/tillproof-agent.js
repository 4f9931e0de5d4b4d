/** Configuration node: where the agent of this machine is, and the token that it wants. */
'use strict'

const { followEvents, recordEvent } = require('../lib/agent-link.js')

module.exports = RED => {
  function TillproofAgentNode(config) {
    RED.nodes.createNode(this, config)
    // An editor that the agent itself has started gets both this way, and nobody types them.
    const given = name => RED.util.getSetting(this, name) || ''
    const agent = {
      url: config.url || given('TILLPROOF_AGENT_URL'),
      token: this.credentials?.token || given('TILLPROOF_AGENT_TOKEN'),
    }
    this.isComplete = agent.url !== '' && agent.token !== ''
    this.follow = (from, on) => followEvents(agent, from, on)
    this.record = (name, detail) => recordEvent(agent, name, detail)
  }

  RED.nodes.registerType('tillproof-agent', TillproofAgentNode, {
    credentials: { token: { type: 'password' } },
  })
}
