import Documents
import Glibc
import Quantities

extension MeasuredCurve.Point {
  /// The times of a file, by the beginning of their columns' names.
  private static let times: [(name: String, metric: ServiceMetric)] = [
    ("", .response), ("ttft_", .firstToken), ("tpot_", .perToken), ("itl_", .betweenTokens),
  ]
  private static let quantiles: [(name: String, share: Double)] = [
    ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99),
  ]

  /// The points of a file: JSON of `headroom load sweep`, or CSV with a row a load, `rate` (answered a second) and as they
  /// are known `concurrency`, and in milliseconds `mean_ms`, `p50_ms`, `p90_ms`, `p95_ms`, `p99_ms`, the same of the first
  /// token (`ttft_mean_ms`, ...), per token (`tpot_...`) and between tokens (`itl_...`).
  /// - Throws: ``Diagnostics`` where the file is neither, or a load of it is no measurement.
  static func read(_ bytes: [UInt8], file: String) throws(Diagnostics) -> [MeasuredCurve.Point] {
    let first = bytes.first { $0 > 32 && $0 != 0xEF && $0 != 0xBB && $0 != 0xBF }
    return first == UInt8(ascii: "{") ? try sweep(bytes, file) : try table(bytes, file)
  }

  private static func latency(_ mean: Double?, _ known: [(share: Double, milliseconds: Double)]) -> Latency? {
    Latency(
      mean: mean.map { $0 / 1000 },
      quantiles: known.map { (-log1p(-$0.share), $0.milliseconds / 1000) })
  }

  /// The levels of a sweep that were valid; nil where the file is no sweep, or has no valid one.
  static func levels(ofSweep bytes: [UInt8], file: String) -> [MeasuredCurve.Point]? {
    guard let levels = try? sweep(bytes, file), !levels.isEmpty else { return nil }
    return levels
  }

  private static func sweep(_ bytes: [UInt8], _ file: String) throws(Diagnostics) -> [MeasuredCurve.Point] {
    let document = try JSON.parse(bytes, file: file)
    guard document["schema"]?.text == "headroom/load-sweep/1", let loads = document["points"]?.elements else {
      throw Diagnostics([
        .error(
          "'\(file)' is no curve", at: document.location, path: "service.curve",
          help: "write one: headroom load sweep URL --json > sweep.json, or name a CSV file with a column rate")
      ])
    }
    return loads.compactMap { load in
      // What the test itself says is no measurement is none.
      guard load["valid"]?.bool != false, let rate = load["rate"]?.number, rate > 0, rate.isFinite else { return nil }
      var latencies: [ServiceMetric: Latency] = [:]
      for (name, metric) in times {
        guard let found = load[name.isEmpty ? "latency_ms" : name + "ms"] else { continue }
        let known = quantiles.compactMap { quantile in
          found[quantile.name]?.number.flatMap { $0.isFinite ? (quantile.share, $0) : nil }
        }
        latencies[metric] = latency(found["mean"]?.number.flatMap { $0.isFinite ? $0 : nil }, known)
      }
      return MeasuredCurve.Point(
        throughput: .perSecond(rate),
        concurrency: load["concurrency"]?.number.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }, latencies: latencies)
    }
  }

  private static func table(_ bytes: [UInt8], _ file: String) throws(Diagnostics) -> [MeasuredCurve.Point] {
    let table = try CSVTable.parse(bytes, file: file) { (preview) throws(Diagnostics) -> [CSVColumn] in
      guard preview.header.contains("rate") else {
        throw Diagnostics([
          .error(
            "'\(file)' has no column 'rate'", at: SourceLocation(file: file, line: 1, column: 1), path: "service.curve",
            help: "name the column of what was answered a second 'rate', and times 'p99_ms', 'mean_ms'")
        ])
      }
      return preview.header.map { .text($0) }
    }
    var points: [MeasuredCurve.Point] = []
    var problems = Diagnostics()
    for row in 0..<table.rowCount {
      func number(_ name: String) -> Double? {
        guard let text = table.texts(name).map({ String($0[row]) }), !text.isEmpty else { return nil }
        guard let value = Double(text), value.isFinite, value > 0 else {
          problems.append(
            .error(
              "'\(name)' is no number above 0: \(text)", at: table.location(ofRow: row), path: "service.curve",
              help: "write what was measured, or leave the cell empty"))
          return nil
        }
        return value
      }
      let concurrency = number("concurrency")
      var latencies: [ServiceMetric: Latency] = [:]
      for (name, metric) in times {
        let known = quantiles.compactMap { quantile in
          number("\(name)\(quantile.name)_ms").map { (quantile.share, $0) }
        }
        latencies[metric] = latency(number("\(name)mean_ms"), known)
      }
      guard let rate = number("rate") else { continue }
      points.append(MeasuredCurve.Point(throughput: .perSecond(rate), concurrency: concurrency, latencies: latencies))
    }
    try problems.throwIfErrors()
    return points
  }
}
