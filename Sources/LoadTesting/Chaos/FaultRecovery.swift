import Quantities

/// What a fault did to the users of a service, and how long it took until nothing of it was left.
///
/// Requests are put into bins by when they were due. Before the first fault each bin has its P95 latency: the band
/// reaches up to their mean and three standard deviations, the control limit of Shewhart ("Economic Control of Quality
/// of Manufactured Product", 1931), and at least to the highest of them and 10 % or 1 ms above their mean, so that a
/// difference that nobody feels is none. For the share of failed requests it is his limit for shares,
/// `p + 3 sqrt(p (1 - p) / n)`. The service has recovered with the first of three bins one behind the other, after the
/// fault's end, that lie within both; two of three could be chance.
public struct FaultRecovery: Sendable, Equatable {
  /// What was usual before the first fault.
  public struct Band: Sendable, Equatable {
    /// Seconds: the mean of the bins' P95 and their upper limit.
    public var latency: Double
    public var latencyLimit: Double
    /// The share of requests that failed.
    public var errors: Double
    /// How many bins it is drawn from, and their length in seconds.
    public var bins: Int
    public var binLength: Double

    func errorLimit(_ count: Int) -> Double {
      errors + 3 * (errors * (1 - errors) / Double(max(1, count))).squareRoot()
    }
  }
  /// What one fault did.
  public struct Effect: Sendable, Equatable {
    public var window: FaultWindow
    /// Requests that were due while it lasted, and those of them that were answered well: the availability.
    public var offered: Int
    public var good: Int
    public var availability: Double? { offered > 0 ? Double(good) / Double(offered) : nil }
    /// Seconds, of the requests due while it lasted that were answered well.
    public var p50: Double?
    public var p99: Double?
    /// Seconds from its end; nil where it was not reached before the next fault or the end of the test.
    public var recovery: Double?
    /// Where there is no recovery time: why.
    public var reason: String?
  }
  public var band: Band?
  public var effects: [Effect] = []

  /// So many bins within the band, one behind the other, are recovery.
  public static let binsInBand = 3
  /// Fewer before the first fault say too little about what is usual.
  public static let leastBins = 5

  /// - Parameters:
  ///   - outcomes: of a test in an open loop, in order of their scheduled times.
  ///   - warmup: the beginning that says nothing about what is usual.
  ///   - length: of the test.
  public init(_ outcomes: [RequestOutcome], windows: [FaultWindow], warmup: Duration = .zero, length: Duration) {
    let sorted = outcomes.sorted { $0.scheduled < $1.scheduled }
    let span = max(1e-9, length.seconds)
    // 20 requests a bin: below that a P95 is the largest of a handful.
    let width = max(0.1, 20 * span / Double(max(1, sorted.count)))
    let windows = windows.sorted { $0.start < $1.start }
    let firstFault = min(span, windows.first?.start.seconds ?? span)
    band = Self.band(sorted, from: warmup.seconds, to: firstFault, width: width)
    for window in windows where window.start.seconds < span {
      effects.append(effect(window, among: windows, sorted, span: span, width: width))
    }
  }

  private static func requests(_ sorted: [RequestOutcome], _ from: Double, _ to: Double) -> ArraySlice<RequestOutcome> {
    func place(_ seconds: Double) -> Int {
      let time = Int64(min(max(0, seconds), 1e9) * 1e9)
      var low = 0
      var high = sorted.count
      while low < high {
        let middle = (low + high) / 2
        if sorted[middle].scheduled < time { low = middle + 1 } else { high = middle }
      }
      return low
    }
    let start = place(from)
    return sorted[start..<max(start, place(to))]
  }

  private static func latency(_ part: ArraySlice<RequestOutcome>, _ p: Double) -> Double? {
    Statistics.quantile(part.filter(\.isGood).map { Double($0.latency) / 1e9 }, p)
  }

  private static func band(_ sorted: [RequestOutcome], from: Double, to: Double, width: Double) -> Band? {
    var values: [Double] = []
    var start = from
    while start + width <= to + 1e-9 {
      if let value = latency(requests(sorted, start, start + width), 0.95) { values.append(value) }
      start += width
    }
    guard values.count >= leastBins, let mean = Statistics.mean(values), let highest = values.max() else { return nil }
    let deviation = Statistics.deviation(values) ?? 0
    let before = requests(sorted, from, to)
    let errors = Double(before.count { !$0.isGood }) / Double(max(1, before.count))
    return Band(
      latency: mean, latencyLimit: max(mean + 3 * deviation, highest, mean * 1.1, mean + 0.001), errors: errors,
      bins: values.count, binLength: width)
  }

  private func effect(
    _ window: FaultWindow, among windows: [FaultWindow], _ sorted: [RequestOutcome], span: Double, width: Double
  ) -> Effect {
    let end = min(span, window.end?.seconds ?? span)
    let during = Self.requests(sorted, window.start.seconds, end)
    var effect = Effect(
      window: window, offered: during.count, good: during.count { $0.isGood }, p50: Self.latency(during, 0.5),
      p99: Self.latency(during, 0.99))
    guard let band else {
      effect.reason = "the first fault came too early to know what is usual"
      return effect
    }
    guard window.end != nil, end < span else {
      effect.reason = "it lasted to the end of the test"
      return effect
    }
    let next = windows.first { $0.start.seconds > end }?.start.seconds ?? span
    let isOverlaid = windows.contains { $0 != window && $0.start.seconds <= end && ($0.end?.seconds ?? span) > end }
    if isOverlaid {
      effect.reason = "another fault was still going on at its end"
      return effect
    }
    var run = 0
    var runStart = end
    var start = end
    while start + width <= next + 1e-9 {
      let bin = Self.requests(sorted, start, start + width)
      if !bin.isEmpty {
        let failed = Double(bin.count { !$0.isGood }) / Double(bin.count)
        let p95 = Self.latency(bin, 0.95) ?? .infinity
        if p95 <= band.latencyLimit, failed <= band.errorLimit(bin.count) {
          if run == 0 { runStart = start }
          run += 1
          if run == Self.binsInBand {
            effect.recovery = max(0, runStart - end)
            return effect
          }
        } else {
          run = 0
        }
      }
      start += width
    }
    effect.reason = next < span ? "the next fault came first" : "the test ended first"
    return effect
  }
}
