import Quantities
import Testing

@testable import Traffic

/// Files of any length in bounded memory: rows become sums by steps while they are read.
@Suite struct LongFileTests {
  /// The rows of a gatherer that has been told to shorten after each part.
  static func run(_ values: [Double], name: String = "rps", options: TraceOptions = TraceOptions()) throws -> Trace {
    let start = Timestamp(secondsSinceEpoch: 1_772_409_600)
    var buffer = SeriesBuffer(name: "", keys: [])
    let describe: (inout TraceColumns) -> Void = { $0.name = name }
    for (i, value) in values.enumerated() {
      if i == values.count / 3 { try buffer.shorten(describe, options: options, source: "rows") }
      buffer.add(start + .seconds(i), value, line: i + 2)
    }
    return try buffer.trace(describe, options: options, source: "rows")
  }

  static func whole(_ values: [Double], name: String = "rps", options: TraceOptions = TraceOptions()) throws -> Trace {
    let start = Timestamp(secondsSinceEpoch: 1_772_409_600)
    var columns = TraceColumns(times: values.indices.map { start + .seconds($0) }, values: values)
    columns.name = name
    return try TraceReader.rows(columns, options: options)
  }

  static let values: [Double] = {
    var random = RandomStream(seed: 9)
    return (0..<6000).map { i in i == 4500 ? .nan : (500 + random.uniform(0, 100)).rounded() }
  }()

  @Test("sums while reading give what whole rows give: rates, counts, counters, with a step and without")
  func agrees() throws {
    for step in [nil, Duration.minutes(5)] {
      for name in ["rps", "count"] {
        let (a, b) = (
          try Self.run(Self.values, name: name, options: TraceOptions(step: step)).series,
          try Self.whole(Self.values, name: name, options: TraceOptions(step: step)).series
        )
        #expect(a.start == b.start && a.step == b.step && a.count == b.count)
        #expect(zip(a.rawValues, b.rawValues).allSatisfy { abs($0 - $1) < 1e-9 * max(1, $1) || ($0.isNaN && $1.isNaN) })
      }
    }
    var total = 0.0
    let counter = Self.values.map { value in
      total += value.isNaN ? 0 : value
      return total
    }
    let (a, b) = (
      try Self.run(counter, name: "requests_total").series, try Self.whole(counter, name: "requests_total").series
    )
    #expect(zip(a.rawValues, b.rawValues).allSatisfy { abs($0 - $1) < 1e-6 || $0.isNaN || $1.isNaN })
    #expect(abs(a.count - b.count) <= 1)
  }

  @Test("past the most steps, steps are brought together, and nothing is lost")
  func coarsens() {
    var bins = StepBins(first: 0, step: 1_000_000_000, zone: .utc, most: 1000)
    for i in 0..<100_000 { bins.add(Int64(i) * 1_000_000_000, 2) }
    let (series, tops) = bins.series { sum, count in sum / count }
    #expect(series.step == .minutes(2) || series.step == .minutes(5))
    #expect(series.count <= 1000 && series.rawValues.allSatisfy { $0 == 2 } && tops.allSatisfy { $0 == 2 })
    #expect(bins.rows == 100_000)
  }
}
