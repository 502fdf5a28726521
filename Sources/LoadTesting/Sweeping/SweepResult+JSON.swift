import Documents

extension SweepResult {
  /// Writes the result as `headroom/load-sweep/1`: rates a second, times in milliseconds. `rate`, `low` and `high` are
  /// the highest achieved rate that kept the bounds, once more, and the least that missed them; `points` is the curve.
  public func write(to json: inout JSONWriter, extra: (inout JSONWriter) -> Void = { _ in }) {
    let front = Set(front)
    json.object { json in
      func number(_ key: String, _ value: Double?, _ json: inout JSONWriter) {
        json.key(key)
        json.number(value ?? .nan)
      }
      json.key(LoadKey.schema)
      json.string(LoadDocument.sweep.schema)
      extra(&json)
      let rate = best?.result.achievedRate.perSecond
      number(LoadKey.rate, rate, &json)
      number(LoadKey.low, rate, &json)
      number(LoadKey.high, missed?.result.achievedRate.perSecond, &json)
      json.key("knee")
      if let knee {
        json.object { json in
          number("concurrency", knee.concurrency, &json)
          number("throughput", knee.throughput, &json)
        }
      } else {
        json.null()
      }
      json.key("usl")
      if let scalability {
        json.object { json in
          for (key, value) in [
            ("lambda", scalability.law.rate.perSecond), ("sigma", scalability.law.contention),
            ("kappa", scalability.law.coherency), ("relative_error", scalability.relativeError),
          ] { number(key, value, &json) }
        }
      } else {
        json.null()
      }
      json.key(LoadKey.points)
      json.array { json in
        for (i, point) in points.enumerated() {
          json.object { json in
            let result = point.result
            switch point.level {
            case .rate(let rate): number("asked_rate", rate.perSecond, &json)
            case .concurrency(let count):
              json.key("asked_concurrency")
              json.integer(count)
            }
            number(LoadKey.rate, result.achievedRate.perSecond, &json)
            number("concurrency", point.concurrency, &json)
            number("tokens_per_second", result.streams?.tokensPerSecond, &json)
            json.key("offered")
            json.integer(result.offered)
            json.key("ok")
            json.integer(result.ok)
            number("errors", result.errorShare.rawValue, &json)
            number("goodput", result.goodput?.perSecond, &json)
            number("good_share", result.goodShare?.rawValue, &json)
            json.key("kept")
            if let isKept = point.isKept { json.bool(isKept) } else { json.null() }
            json.key(LoadKey.valid)
            json.bool(result.isValid)
            json.key("front")
            json.bool(front.contains(i))
            var spectra: [(String, LatencySpectrum)] = [("latency_ms", result.latency), ("service_ms", result.service)]
            if let streams = result.streams {
              spectra += [
                ("ttft_ms", streams.timeToFirstToken), ("tpot_ms", streams.timePerOutputToken),
                ("itl_ms", streams.interTokenLatency),
              ]
            }
            for (key, spectrum) in spectra {
              json.key(key)
              json.object { json in
                number("mean", spectrum.mean.map { $0 * 1e3 }, &json)
                for (name, p) in LatencySpectrum.named {
                  number(name, spectrum.quantile(p).map { $0 * 1e3 }, &json)
                }
              }
            }
          }
        }
      }
    }
  }
}
