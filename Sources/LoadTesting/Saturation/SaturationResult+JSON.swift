import Documents

extension SaturationResult {
  /// Writes the result as `headroom/load-saturation/1`: rates a second, times in milliseconds.
  public func write(to json: inout JSONWriter, extra: (inout JSONWriter) -> Void = { _ in }) {
    json.object { json in
      func number(_ key: String, _ value: Double?) {
        json.key(key)
        json.number(value ?? .nan)
      }
      json.key(LoadKey.schema)
      json.string(LoadDocument.saturation.schema)
      extra(&json)
      number(LoadKey.rate, rate)
      number(LoadKey.low, low)
      number(LoadKey.high, high)
      json.key("binding")
      if let binding { json.string(binding) } else { json.null() }
      json.key("ended")
      json.string(reason)
      json.key("probes")
      json.array { json in for probe in probes { probe.write(to: &json) } }
      json.key("usl")
      if let scalability {
        json.object { json in
          for (key, value) in [
            ("lambda", scalability.law.rate.perSecond), ("sigma", scalability.law.contention),
            ("kappa", scalability.law.coherency), ("relative_error", scalability.relativeError),
            ("peak_concurrency", scalability.law.peakConcurrency), ("peak_rate", scalability.law.peakRate.perSecond),
          ] {
            json.key(key)
            json.number(value)
          }
        }
      } else {
        json.null()
      }
      json.key("knee")
      if let knee {
        json.object { json in
          json.key("concurrency")
          json.number(knee.concurrency)
          json.key("rate")
          json.number(knee.throughput)
        }
      } else {
        json.null()
      }
    }
  }
}

extension SaturationProbe {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.key("rate")
      json.number(rate)
      json.key("verdict")
      json.string(verdict.rawValue)
      for (key, value) in [
        ("seconds", seconds), ("good", good), ("good_low", goodLow), ("good_high", goodHigh), ("achieved", achieved),
        ("latency_ms", latency.map { $0 * 1e3 } ?? .nan), ("concurrency", concurrency),
        ("drift", drift), ("drift_error", driftError),
      ] {
        json.key(key)
        json.number(value)
      }
      json.key("offered")
      json.integer(offered)
    }
  }
}
