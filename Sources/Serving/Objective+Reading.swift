import Catalogs
import Documents
import Quantities

/// Objectives as documents write them: `{ p99: 200ms, ttft p99: 500ms, tpot p90: 40ms, availability: 99.9% }`.
extension Objective {
  private static let percentiles = ["p50", "p90", "p95", "p99", "p99.9"]

  /// Every bound that may be written, in the order in which bounds are told.
  private static let keys: [(key: String, metric: ServiceMetric, quantile: Double)] = ServiceMetric.times.flatMap {
    metric in
    percentiles.reversed().compactMap { word in
      Percentile.share(of: word).map { ((metric.word.isEmpty ? "" : metric.word + " ") + word, metric, $0) }
    }
  }

  public static let schema = ObjectSchema(
    title: "objective", summary: "Latency and availability objectives, several at once where they are asked for.",
    fields: keys.map { key, metric, quantile in
      let share = NumberFormat.significant(quantile * 100, 5)
      let examples = ["p99": "200ms", "p95": "120ms", "ttft p99": "500ms", "tpot p90": "40ms"]
      let what = metric == .response ? "requests are answered" : "requests have a \(metric.title)"
      return Field(key, "\(share) % of \(what) within", UnitSchema.span, example: examples[key])
    } + [Field("availability", "share of requests answered", UnitSchema.share, example: "99.9%")])

  /// Reads an objective; what is wrong is told.
  public static func read(_ node: Node, _ path: String, _ reader: inout NodeReader) -> Objective {
    var objective = Objective()
    for (key, metric, quantile) in keys {
      if let limit = reader.positiveSpan(node[key], "\(path).\(key)") {
        objective.latency.append(LatencyBound(metric, quantile: quantile, limit: limit))
      }
    }
    for (tail, body) in zip(objective.latency, objective.latency.dropFirst())
    where tail.metric == body.metric && body.limit > tail.limit {
      reader.fail(
        "'\(body.name)' is above '\(tail.name)': a smaller share of requests cannot take longer", node[body.name], path,
        help: "write \(body.name) at most \(NumberFormat.duration(tail.limit))")
    }
    objective.availability = reader.share(
      node["availability"], "\(path).availability", 0.5...1, help: "write 99.9%"
    ).map { Fraction(rawValue: $0) }
    return objective
  }
}
