import LoadTesting
import Quantities
import Terminal

/// The tables that all texts about load tests share.
enum LoadTable {
  /// Counts by name: what is 0 is left out unless it is `always` there.
  static func counts(_ rows: [(name: String, count: Int, always: Bool)]) -> TextTable {
    var table = TextTable([.init("requests"), .init("", .right)])
    for row in rows where row.always || row.count > 0 {
      table.add([row.name, NumberFormat.grouped(Double(row.count))])
    }
    return table
  }

  /// Mean, quantiles and maximum of each spectrum.
  static func latencies(_ rows: [(name: String, spectrum: LatencySpectrum)]) -> TextTable {
    var columns: [TextTable.Column] = [.init("latency")]
    for name in ["mean", "P50", "P90", "P95", "P99", "P99.9", "max"] { columns.append(.init(name, .right)) }
    var table = TextTable(columns)
    for (name, spectrum) in rows {
      table.add(
        [name, LoadWording.time(spectrum.mean)]
          + LatencySpectrum.named.map { LoadWording.time(spectrum.quantile($0.quantile)) }
          + [LoadWording.time(spectrum.maximum)])
    }
    return table
  }

  /// How two services' answers differed, in the lines that mirror and replay share.
  static func differences(
    otherStatus: Int, pairs: [(text: String, count: Int)], otherBody: Int = 0, onlyFirst: Int, onlySecond: Int
  ) -> String {
    var text = ""
    if otherStatus > 0 { text += "  another status: \(otherStatus)\n" }
    for pair in pairs.sorted(by: { $0.count > $1.count }).prefix(10) { text += "    \(pair.text): \(pair.count)\n" }
    if otherBody > 0 { text += "  other content: \(otherBody)\n" }
    if onlyFirst > 0 { text += "  answered by the first only: \(onlyFirst)\n" }
    if onlySecond > 0 { text += "  answered by the second only: \(onlySecond)\n" }
    return text
  }

  static func slower(_ p50: Double?, _ p95: Double?, _ p99: Double?) -> String {
    "  slower by, request by request: P50 \(LoadWording.time(p50)), P95 \(LoadWording.time(p95)), "
      + "P99 \(LoadWording.time(p99))\n"
  }
}
