import Documents
import Quantities

extension LatencySpectrum {
  /// The quantiles that results name, in their order.
  public static let named: [(name: String, quantile: Double)] = [
    ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999),
  ]

  /// Writes milliseconds, and the whole histogram: `cells` holds a cell's number and its count in turn. Cell
  /// `256 k + j` spans from `2^k (1 + j / 256)` to `2^k (1 + (j + 1) / 256)` nanoseconds, so that results of several
  /// machines add up to that of one.
  func write(_ key: String, to json: inout JSONWriter, formula: String? = nil) {
    json.key(key)
    json.object { json in
      json.key("count")
      json.integer(count)
      json.key("mean")
      json.number(mean.map { $0 * 1e3 } ?? .nan)
      json.key("min")
      json.number(Self.milliseconds(minimum))
      for (name, p) in Self.named {
        json.key(name)
        json.number(Self.milliseconds(quantile(p)))
      }
      json.key("max")
      json.number(Self.milliseconds(maximum))
      if let formula {
        json.key("formula")
        json.string(formula)
      }
      json.key("cells")
      json.numbers(cellPairs)
    }
  }

  /// Milliseconds in whole nanoseconds, which is what was measured; NaN for nothing.
  static func milliseconds(_ seconds: Double?) -> Double { seconds.map { ($0 * 1e9).rounded() / 1e6 } ?? .nan }

  /// Cell number and count in turn, for cells that hold something.
  var cellPairs: [Double] {
    var result: [Double] = []
    let first = histogram.lowestExponent * histogram.cells
    for (i, count) in histogram.counts.enumerated() where count > 0 {
      result.append(Double(first + i))
      result.append(Double(count))
    }
    return result
  }

  /// How many took at most so many seconds, to the histogram's relative error.
  public func count(within seconds: Double) -> Int {
    guard !seconds.isNaN else { return 0 }
    let limit = seconds * 1e9
    var within = 0
    let first = histogram.lowestExponent * histogram.cells
    for (i, count) in histogram.counts.enumerated() where count > 0 {
      let cell = first + i
      guard (0..<LatencyRecorder.places).contains(cell), LatencyRecorder.middle(ofCell: cell) <= limit else { break }
      within += Int(count)
    }
    return within
  }

  /// Reads what ``write(_:to:formula:)`` wrote; nil where the node is no spectrum or its histogram was left out.
  init?(_ node: Node?) {
    guard let node, let pairs = node["cells"]?.numbers, pairs.count % 2 == 0 else { return nil }
    var histogram = Histogram(cells: LatencyRecorder.cells)
    var total = 0
    for i in stride(from: 0, to: pairs.count, by: 2) {
      guard let cell = Int(exactly: pairs[i]), (0..<LatencyRecorder.places).contains(cell),
        let times = UInt32(exactly: pairs[i + 1])
      else { return nil }
      histogram.record(LatencyRecorder.middle(ofCell: cell), times: UInt64(times))
      total += Int(times)
    }
    // Beyond a billion seconds it is no latency, and no span of time either.
    func seconds(_ key: String) -> Double? { node[key]?.number.flatMap { abs($0) < 1e12 ? $0 / 1e3 : nil } }
    // Ends are whole nanoseconds: so they come back to the last bit.
    func whole(_ key: String) -> Double? { seconds(key).map { ($0 * 1e9).rounded() / 1e9 } }
    self.init(count: total, mean: seconds("mean"), maximum: whole("max"), minimum: whole("min"), histogram: histogram)
  }
}
