/** Configuration node: where the agent of this machine is, and the token that it wants. */
'use strict'

const { followEvents, recordEvent } = require('../lib/agent-link.js')
const { agentFromEnvironment } = require('../lib/config.js')

module.exports = RED => {
  function TillproofAgentNode(config) {
    RED.nodes.createNode(this, config)
    const given = agentFromEnvironment()
    const agent = {
      url: config.url || given.url,
      token: this.credentials?.token || given.token,
    }
    this.isComplete = agent.url !== '' && agent.token !== ''
    this.follow = (from, on) => followEvents(agent, from, on)
    this.record = (name, detail) => recordEvent(agent, name, detail)
  }

  RED.nodes.registerType('tillproof-agent', TillproofAgentNode, {
    credentials: { token: { type: 'password' } },
  })
}
