import Quantities

/// What a fault did to the users of a service, and how long it took until nothing of it was left.
///
/// Requests are put into bins by when they were due. Before the first fault each bin has its P95 latency: the band
/// reaches up to their mean and three standard deviations, the control limit of Shewhart ("Economic Control of Quality
/// of Manufactured Product", 1931), and at least to the highest of them and 10 % or 1 ms above their mean, so that a
/// difference that nobody feels is none. For the share of failed requests it is his limit for shares,
/// `p + 3 sqrt(p (1 - p) / n)`. Recovery ends with the last bad bin after the fault: a relapse is none. A single bin that is
/// out of the latency's band by less than half of it, between good ones, is chance.
///
/// Connections that a fault has killed go on to fail those who are given them, long after the network is whole again: that
/// is the client's pool, not the service. What failed on a connection from before the fault's end is counted apart, and
/// the service's own recovery leaves it out.
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
    /// Seconds from its end to the end of the last bad bin; nil where it was not over before the next fault or the end of
    /// the test.
    public var recovery: Double?
    /// The same of requests on connections that were opened after the fault's end: the service's own.
    public var serviceRecovery: Double?
    /// Requests due after its end that failed on connections from before it, which the fault had killed.
    public var killed = 0
    /// Where there is no recovery time: why.
    public var reason: String?
  }
  public var band: Band?
  public var effects: [Effect] = []

  /// So many bins within the band have to follow the last bad one.
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
    let faultEnd = Int64(end * 1e9)
    func isKilled(_ outcome: RequestOutcome) -> Bool {
      !outcome.isGood && outcome.opened >= 0 && outcome.opened < faultEnd
    }
    let after = Self.requests(sorted, end, next)
    effect.killed = after.count(where: isKilled)
    let (seconds, isOver) = lastBad(from: end, to: next, sorted, width, band) { _ in true }
    if isOver {
      effect.recovery = seconds
    } else {
      effect.reason = next < span ? "the next fault came first" : "the test ended first"
    }
    if effect.killed > 0 {
      let (seconds, isOver) = lastBad(from: end, to: next, sorted, width, band) { !isKilled($0) }
      if isOver { effect.serviceRecovery = seconds }
    } else {
      effect.serviceRecovery = effect.recovery
    }
    return effect
  }

  /// Seconds from a fault's end to the end of the last bad bin behind it, and whether enough good ones follow.
  private func lastBad(
    from end: Double, to next: Double, _ sorted: [RequestOutcome], _ width: Double, _ band: Band,
    of isCounted: (RequestOutcome) -> Bool
  ) -> (seconds: Double, isOver: Bool) {
    /// 0 good, 1 out of the latency's band by less than half of it, 2 bad.
    var bins: [(start: Double, harm: Int)] = []
    var start = end
    while start + width <= next + 1e-9 {
      let bin = Self.requests(sorted, start, start + width).filter(isCounted)
      if !bin.isEmpty {
        let failed = Double(bin.count { !$0.isGood }) / Double(bin.count)
        let p95 = Self.latency(bin[...], 0.95) ?? .infinity
        let isFailing = failed > band.errorLimit(bin.count)
        bins.append(
          (start, isFailing || p95 > 1.5 * band.latencyLimit ? 2 : p95 > band.latencyLimit ? 1 : 0))
      }
      start += width
    }
    let last = bins.indices.last { i in
      if bins[i].harm == 2 { return true }
      let isAlone = (i == 0 || bins[i - 1].harm == 0) && (i + 1 == bins.count || bins[i + 1].harm == 0)
      // Right behind the fault it is no chance.
      return bins[i].harm == 1 && (!isAlone || i == 0)
    }
    guard let last else { return (0, bins.count >= Self.binsInBand) }
    return (bins[last].start + width - end, bins.count - 1 - last >= Self.binsInBand)
  }
}
