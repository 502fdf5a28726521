import Documents
import LoadTesting
import Quantities

extension LoadReport {
  /// A row a second: what was asked for, sent, answered and failed, and latency quantiles in milliseconds.
  public func csv() -> String {
    var csv = CSVWriter()
    let quantiles: [(String, Double)] = [("p90_ms", 0.9), ("p95_ms", 0.95), ("p999_ms", 0.999)]
    for name in ["second", "time", "offered", "sent", "completed", "errors", "in_flight", "p50_ms", "p99_ms", "max_ms"]
      + quantiles.map(\.0)
    {
      csv.string(name)
    }
    csv.endRow()
    for second in result.timeline {
      csv.integer(second.second)
      csv.string(record.started.map { ($0 + .seconds(Double(second.second))).iso8601 } ?? "")
      for value in [second.offered, second.sent, second.completed, second.errors, second.inFlight] {
        csv.integer(value)
      }
      for value in [second.p50, second.p99, second.maximum] + quantiles.map({ second.latencies.quantile($0.1) }) {
        // Whole nanoseconds: what a second's clock says, without the noise of binary fractions.
        if let value { csv.number((value * 1e9).rounded() / 1e6) } else { csv.empty() }
      }
      csv.endRow()
    }
    return csv.text
  }

  /// The totals as OpenMetrics text, for a push gateway or a node exporter's text file: durations in seconds, latency
  /// as a histogram with its own sum and count.
  public func openMetrics() -> String {
    var out = ""
    let labels = "url=\"\(Self.escaped(record.url))\""
    func family(_ name: String, _ kind: String, _ help: String, unit: String = "") {
      out += "# TYPE \(name) \(kind)\n"
      if !unit.isEmpty { out += "# UNIT \(name) \(unit)\n" }
      out += "# HELP \(name) \(help)\n"
    }
    func gauge(_ name: String, _ help: String, _ value: Double?, unit: String = "") {
      guard let value, value.isFinite else { return }
      family(name, "gauge", help, unit: unit)
      out += "\(name){\(labels)} \(value)\n"
    }
    family("headroom_load_requests", "counter", "Requests of the load test by what became of them.")
    let counts =
      [("ok", result.ok)] + result.errors.named.map { ($0.name, $0.count) }
      + [("dropped", result.dropped), ("unfinished", result.unfinished)]
    for (name, count) in counts { out += "headroom_load_requests_total{\(labels),result=\"\(name)\"} \(count)\n" }
    family("headroom_load_latency_seconds", "histogram", "From the scheduled time to the last byte.", unit: "seconds")
    let bounds = [
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]
    for bound in bounds {
      out +=
        "headroom_load_latency_seconds_bucket{\(labels),le=\"\(bound)\"} \(result.latency.count(within: bound))\n"
    }
    out += "headroom_load_latency_seconds_bucket{\(labels),le=\"+Inf\"} \(result.latency.count)\n"
    out +=
      "headroom_load_latency_seconds_sum{\(labels)} \((result.latency.mean ?? 0) * Double(result.latency.count))\n"
    out += "headroom_load_latency_seconds_count{\(labels)} \(result.latency.count)\n"
    family(
      "headroom_load_latency_quantile_seconds", "gauge", "Latency at a quantile, right to 0.2 percent.", unit: "seconds"
    )
    for (_, p) in LatencySpectrum.named {
      guard let value = result.latency.quantile(p) else { continue }
      out += "headroom_load_latency_quantile_seconds{\(labels),quantile=\"\(p)\"} \(value)\n"
    }
    gauge("headroom_load_offered_rate", "Requests a second that were asked for.", offeredRate)
    gauge("headroom_load_achieved_rate", "Whole responses a second.", result.achievedRate.perSecond)
    gauge("headroom_load_lag_max_seconds", "Largest lag of the generator.", result.maxLag.seconds, unit: "seconds")
    gauge("headroom_load_valid", "Whether the figures tell about the service.", result.isValid ? 1 : 0)
    gauge("headroom_load_expectations_met", "Whether every threshold was kept.", record.isMet ? 1 : 0)
    if let streams = result.streams {
      gauge(
        "headroom_load_ttft_p99_seconds", "Time to first token at the 99th percentile.",
        streams.timeToFirstToken.quantile(0.99), unit: "seconds")
      gauge("headroom_load_tokens_per_second", "Tokens a second.", streams.tokensPerSecond)
    }
    return out + "# EOF\n"
  }

  /// A label's value in OpenMetrics: backslash, quote and line feed are escaped.
  public static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
