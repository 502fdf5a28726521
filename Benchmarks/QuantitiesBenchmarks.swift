import Quantities

/// The ground: what inner loops of every room above stand on.
let quantitiesBenchmarks: [Benchmark] = [
  Benchmark("RandomStream, 64 bits", 100e6, "draws") {
    var stream = RandomStream(seed: 1)
    var sum: UInt64 = 0
    for _ in 0..<100_000_000 { sum &+= stream.next() }
    return Double(sum >> 12)
  },
  Benchmark("RandomStream, uniform", 100e6, "draws") {
    var stream = RandomStream(seed: 1)
    var sum = 0.0
    for _ in 0..<100_000_000 { sum += stream.uniform() }
    return sum
  },
  Benchmark("RandomStream, exponential", 10e6, "draws") {
    var stream = RandomStream(seed: 1)
    var sum = 0.0
    for _ in 0..<10_000_000 { sum += stream.exponential(mean: 1) }
    return sum
  },
  Benchmark("RandomStream, normal", 10e6, "draws") {
    var stream = RandomStream(seed: 1)
    var sum = 0.0
    for _ in 0..<10_000_000 { sum += stream.normal() }
    return sum
  },
  Benchmark("RandomStream, Poisson of mean 100", 5e6, "draws") {
    var stream = RandomStream(seed: 1)
    var sum = 0
    for _ in 0..<5_000_000 { sum += stream.poisson(mean: 100) }
    return Double(sum)
  },
  Benchmark("Histogram, record", 20e6, "values") {
    var stream = RandomStream(seed: 1)
    var histogram = Histogram()
    for _ in 0..<20_000_000 { histogram.record(stream.uniform(0.001, 10)) }
    return histogram.sum
  },
  Benchmark("Histogram, quantile of 14 octaves", 100e3, "quantiles") {
    var stream = RandomStream(seed: 1)
    var histogram = Histogram()
    for _ in 0..<100_000 { histogram.record(stream.uniform(0.001, 10)) }
    var sum = 0.0
    for i in 0..<100_000 { sum += histogram.quantile(Double(i) / 100_000) ?? 0 }
    return sum
  },
  Benchmark("TimeSeries, a year of 15 s to 1 to 24 h", 24 * 2_102_400, "steps") {
    let series = TimeSeries<RequestRate>(
      start: Timestamp(nanosecondsSinceEpoch: 0), step: .seconds(15),
      rawValues: (0..<2_102_400).map { Double($0 % 5760) })
    return (1...24).reduce(0) { sum, hours in
      series.aggregated(to: .seconds(3600 * hours), by: .mean).rawValues.reduce(sum, +)
    }
  },
  Benchmark("Statistics, 7 quantiles of a year of hours", 8760, "values") {
    var stream = RandomStream(seed: 1)
    let values = (0..<8760).map { _ in stream.lognormal(median: 100, shape: 1) }
    return Statistics.quantiles(values, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])?.reduce(0, +) ?? 0
  },
  Benchmark("Timestamp, ISO 8601", 1e6, "times") {
    var text = Array("2026-11-27T08:15:30Z".utf8)
    var sum: Int64 = 0
    for i in 0..<1_000_000 {
      // Another time each turn, so that the parsing cannot be done once for all.
      text[18] = 48 + UInt8(truncatingIfNeeded: i % 10)
      text[15] = 48 + UInt8(truncatingIfNeeded: i / 10 % 10)
      text.withUnsafeBufferPointer { sum &+= Timestamp.parse(iso8601: $0)?.time.nanosecondsSinceEpoch ?? 0 }
    }
    return Double(sum)
  },
]
