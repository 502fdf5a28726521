import Documents
import Quantities

extension MLPerfResult {
  /// Writes the result as `headroom/load-mlperf/1`: times in milliseconds, rates a second.
  public func write(to json: inout JSONWriter, extra: (inout JSONWriter) -> Void = { _ in }) {
    json.object { json in
      json.key(LoadKey.schema)
      json.string(LoadDocument.mlperf.schema)
      extra(&json)
      json.key("scenario")
      json.string(scenario.rawValue)
      json.key(LoadKey.valid)
      json.bool(isValid)
      json.key("rules")
      json.array { json in
        for rule in rules {
          json.object { json in
            json.key("rule")
            json.string(rule.name)
            json.key("kept")
            json.bool(rule.isKept)
            json.key("found")
            json.string(rule.found)
            if !rule.isKept {
              json.key("remedy")
              json.string(rule.remedy)
            }
          }
        }
      }
      json.key("queries")
      json.integer(queries)
      for (key, value) in [("over_latency", overLatency), ("queries_needed", queriesNeeded)] {
        json.key(key)
        if let value { json.integer(value) } else { json.null() }
      }
      for (key, value) in [
        ("percentile", percentile * 100), ("percentile_ms", latency.map { $0 * 1e3 } ?? .nan),
        ("early_stopping_ms", estimate.map { $0 * 1e3 } ?? .nan), ("rate", rate ?? .nan),
      ] {
        json.key(key)
        json.number(value)
      }
      spectrum.write("query_ms", to: &json)
      json.key(LoadKey.load)
      load.write(to: &json)
    }
  }
}
