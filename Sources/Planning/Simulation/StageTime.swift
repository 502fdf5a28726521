import Catalogs
import Documents
import Glibc
import Quantities
import Simulating

enum StageSchema {
  /// A time of a stage: fixed, or drawn for every replica.
  static let stage = Schema.any(
    of: [
      UnitSchema.span,
      .object(
        ObjectSchema(
          title: "drawn time", summary: "Drawn for each: lognormal by median and p99, or even between low and high.",
          fields: [
            Field("median", "half take less", UnitSchema.span, example: "45s"),
            Field("p99", "99 % take less", UnitSchema.span, example: "2m"),
            Field("low", "none takes less", UnitSchema.span, example: "30s"),
            Field("high", "none takes more", UnitSchema.span, example: "60s"),
          ])),
    ], description: "a span of time, { median, p99 } or { low, high }")
}

extension NodeReader {
  /// A time that is the same for every replica (`45s`), or drawn for each: `{ median: 45s, p99: 2m }` lognormal,
  /// `{ low: 30s, high: 60s }` even.
  mutating func startupTime(_ node: Node?, _ path: String) -> StartupTime? {
    guard let node else { return nil }
    guard node.entries != nil else { return quantity(node, path).map { .fixed($0) } }
    if node["median"] != nil || node["p99"] != nil {
      guard let median: Duration = positiveSpan(node["median"], "\(path).median"),
        let tail: Duration = positiveSpan(node["p99"], "\(path).p99"), tail >= median
      else {
        fail(
          "'\(Self.lastKey(path))' needs a median and a p99 that is not below it", node, path,
          help: "write { median: 45s, p99: 2m }")
        return nil
      }
      // The 99th percentile of a lognormal lies 2.326 deviations of its logarithm above the median.
      return .lognormal(median: median, shape: log(tail.seconds / median.seconds) / 2.326_347_874)
    }
    guard let low: Duration = quantity(node["low"], "\(path).low"),
      let high: Duration = quantity(node["high"], "\(path).high"), low <= high
    else {
      fail(
        "'\(Self.lastKey(path))' needs a low and a high that is not below it", node, path,
        help: "write 45s, { low: 30s, high: 60s } or { median: 45s, p99: 2m }")
      return nil
    }
    return .uniform(low, high)
  }
}
