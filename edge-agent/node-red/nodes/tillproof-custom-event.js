/** Has the agent sign a fact that the flow has found out, and keep it in the machine's journal. */
'use strict'

module.exports = RED => {
  function TillproofCustomEventNode(config) {
    RED.nodes.createNode(this, config)
    const agent = RED.nodes.getNode(config.agent)

    const show = (fill, shape, key, values) =>
      this.status({ fill, shape, text: RED._(`tillproof-custom-event.status.${key}`, values) })
    if (!agent?.isComplete) show('red', 'ring', 'no-agent')

    this.on('input', (msg, send, done) => {
      if (!agent?.isComplete) {
        done(new Error(RED._('tillproof-custom-event.error.no-agent')))
        return
      }
      agent
        .record(config.eventName || String(msg.topic || ''), detailOf(msg.payload))
        .then(({ index }) => {
          show('green', 'dot', 'kept', { index })
          send({ ...msg, payload: { index } })
          done()
        })
        .catch(error => {
          show('red', 'ring', 'refused')
          done(error)
        })
    })
    this.on('close', done => {
      this.status({})
      done()
    })
  }

  RED.nodes.registerType('tillproof-custom-event', TillproofCustomEventNode)
}

/** The details of an event are flat: text, numbers, booleans by name. A bare value is `value`. */
function detailOf(payload) {
  if (payload === undefined || payload === null) return {}
  if (typeof payload !== 'object') return { value: payload }
  return payload
}
