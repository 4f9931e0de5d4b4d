/** Sends a message for each event that the machine has committed to its journal. */
'use strict'

const { matchesFilter } = require('../lib/agent-link.js')

module.exports = RED => {
  function TillproofEventInNode(config) {
    RED.nodes.createNode(this, config)
    const agent = RED.nodes.getNode(config.agent)
    if (!agent?.isComplete) {
      this.status({ fill: 'red', shape: 'ring', text: RED._('tillproof-event-in.status.no-agent') })
      return
    }
    const link = agent.follow(config.from === 'beginning' ? 0 : undefined, {
      onEvent: event => {
        if (!matchesFilter(config.kinds, event.kind)) return
        this.send({ topic: event.kind, payload: event.open, event })
      },
      onState: (state, reason) => {
        if (state === 'lost') this.debug(reason)
        const text = RED._(`tillproof-event-in.status.${state}`)
        this.status(
          state === 'open'
            ? { fill: 'green', shape: 'dot', text }
            : { fill: 'red', shape: 'ring', text },
        )
      },
    })
    this.on('close', done => {
      link.close()
      this.status({})
      done()
    })
  }

  RED.nodes.registerType('tillproof-event-in', TillproofEventInNode)
}
