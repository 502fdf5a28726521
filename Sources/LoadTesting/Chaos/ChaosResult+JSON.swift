import Documents
import Quantities

extension ChaosResult {
  /// Writes the result as `headroom/load-chaos/1`; with a load, its result and the recovery from each fault.
  public func write(
    to json: inout JSONWriter, load: LoadResult? = nil, recovery: FaultRecovery? = nil,
    expectations: [LoadExpectation] = [], extra: (inout JSONWriter) -> Void = { _ in }
  ) {
    json.object { json in
      json.key(LoadKey.schema)
      json.string(LoadDocument.chaos.schema)
      extra(&json)
      json.key("duration_s")
      json.number(duration.seconds)
      for (key, value) in [
        ("connections", connections), ("refused", refused), ("reset", resets), ("swallowed", swallowed),
        ("bytes_to_service", bytesToService), ("bytes_to_clients", bytesToClients), ("bytes_swallowed", bytesSwallowed),
      ] {
        json.key(key)
        json.integer(value)
      }
      json.key("faults")
      json.array { json in
        for entry in entries {
          json.object { json in
            json.key("fault")
            json.string(entry.fault.description)
            json.key("start_s")
            json.number(entry.fault.start.seconds)
            json.key("end_s")
            json.number(entry.fault.end?.seconds ?? .nan)
            json.key("happened")
            json.bool(entry.hasHappened)
            json.key("reset")
            json.integer(entry.resets)
            json.key("swallowed")
            json.integer(entry.swallowed)
          }
        }
      }
      json.key("resumed_at_end")
      json.numbers(resumed.map(Double.init))
      recovery?.write(to: &json)
      if let load {
        json.key(LoadKey.load)
        load.write(to: &json, expectations: expectations)
      }
    }
  }
}

extension FaultRecovery {
  func write(to json: inout JSONWriter) {
    func number(_ key: String, _ value: Double?, _ json: inout JSONWriter) {
      json.key(key)
      json.number(value ?? .nan)
    }
    json.key("band")
    if let band {
      json.object { json in
        number("p95_ms", band.latency * 1e3, &json)
        number("p95_limit_ms", band.latencyLimit * 1e3, &json)
        number("errors", band.errors, &json)
        number("bin_s", band.binLength, &json)
        json.key("bins")
        json.integer(band.bins)
      }
    } else {
      json.null()
    }
    json.key("effects")
    json.array { json in
      for effect in effects {
        json.object { json in
          json.key("fault")
          json.string(effect.window.what)
          number("start_s", effect.window.start.seconds, &json)
          number("end_s", effect.window.end?.seconds, &json)
          json.key("offered")
          json.integer(effect.offered)
          json.key("good")
          json.integer(effect.good)
          number("availability", effect.availability, &json)
          number("p50_ms", effect.p50.map { $0 * 1e3 }, &json)
          number("p99_ms", effect.p99.map { $0 * 1e3 }, &json)
          number("recovery_s", effect.recovery, &json)
          number("service_recovery_s", effect.serviceRecovery, &json)
          json.key("killed")
          json.integer(effect.killed)
          json.key("reason")
          if let reason = effect.reason { json.string(reason) } else { json.null() }
        }
      }
    }
  }
}
