import Documents
import Quantities
import Serving

extension SimulationReport {
  /// `"schema": "headroom/simulation/1"`: each policy's totals, and the timeline and changes of the first.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/simulation/1")
      json.entry("headline", headline)
      json.entry("source", source)
      json.entry("over", over)
      json.entry("start", own.outcome.start)
      json.entry("duration_seconds", seconds: own.outcome.duration)
      json.entry("tick_seconds", seconds: own.outcome.tick)
      json.entry("time_zone", zone.name)
      json.objects("simulations", simulations) { json, simulation in
        json.entry("policy", simulation.policy)
        json.entry("title", simulation.title)
        json.entry("cost", simulation.cost)
        json.entry("meets_objective", simulation.outcome.meets(objective))
        OutcomeJSON.writeTotals(simulation.outcome, to: &json)
      }
      writeRequests(to: &json)
      writeTokens(to: &json)
      writeFutures(to: &json)
      OutcomeJSON.writeTimeline(own.outcome.timeline, to: &json)
      json.objects("actions", own.outcome.actions) { json, action in
        json.entry("time", action.time)
        json.entry("from", action.from)
        json.entry("to", action.to)
        json.entry("rule", action.rule)
        json.entry("reason", action.reason)
      }
    }
    return json.text + "\n"
  }
}
