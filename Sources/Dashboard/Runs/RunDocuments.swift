import Documents
import Planning
import Quantities

/// Simulations as documents.
enum RunDocuments {
  static func list(_ runs: [Run]) -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.key("schema")
      json.string("headroom/simulations/1")
      json.key("simulations")
      json.array { json in for run in runs { json.object { write(run, to: &$0) } } }
    }
    return json.text + "\n"
  }

  static func one(_ run: Run) -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.key("schema")
      json.string("headroom/simulation-run/1")
      write(run, to: &json)
    }
    return json.text + "\n"
  }

  private static func write(_ run: Run, to json: inout JSONWriter) {
    func text(_ key: String, _ value: String?) {
      json.key(key)
      if let value { json.string(value) } else { json.null() }
    }
    json.key("id")
    json.integer(run.id)
    text("service", run.service)
    text("state", run.state.rawValue)
    json.key("total")
    json.integer(run.total)
    json.key("done")
    json.integer(run.done)
    text("started", run.started.iso8601)
    text("ended", run.ended?.iso8601)
    text("problem", run.problem.isEmpty ? nil : run.problem)
    json.key("result")
    guard let futures = run.futures else { return json.null() }
    json.object { json in
      json.key("policy")
      json.string(futures.title)
      json.key("count")
      json.integer(futures.count)
      json.key("met")
      if let met = futures.met { json.integer(met) } else { json.null() }
      func spread(_ key: String, _ spread: SimulatedFutures.Spread?) {
        json.key(key)
        guard let spread else { return json.null() }
        json.object { json in
          for (name, value) in [
            ("least", spread.least), ("p10", spread.p10), ("p50", spread.p50), ("p90", spread.p90),
            ("most", spread.most),
          ] {
            json.key(name)
            json.number(value)
          }
        }
      }
      spread("served", futures.served)
      spread("overload_seconds", futures.overloadSeconds)
      spread("mean_replicas", futures.meanReplicas)
      spread("most_replicas", futures.mostReplicas)
      spread("cost_per_month", futures.costPerMonth)
    }
  }
}
