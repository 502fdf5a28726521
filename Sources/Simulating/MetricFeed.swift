import Quantities
import Scaling

/// The measurements on their way to the policy: the ticks of the recent past, averaged when somebody looks.
///
/// Only what the policy reads is kept. The demand is not kept at all: it is known from the ticks of the run.
struct MetricFeed {
  /// All in ticks.
  let scrape: Int
  let delay: Int
  let window: Int
  private let staleness: Int
  /// The signals that are kept, one after the other for each tick.
  let kept: SignalSet
  let readsDemand: Bool
  private let keepsUtilization: Bool
  private let keepsOthers: Bool
  private let width: Int
  var ring: [Double]
  let mask: Int
  private var first: [Double]
  /// Ticks in which nothing is measured, in order.
  private let silences: [Range<Int>]

  var hasSilences: Bool { !silences.isEmpty }

  /// Whether a look reads nothing but the present.
  let isInstant: Bool

  init(_ pipeline: MetricPipeline, reads: SignalSet, tick: Duration, incidents: [Incident]) {
    let tickSeconds = tick.seconds
    // A week of ticks is kept at most.
    func ticks(_ span: Duration, _ rule: FloatingPointRoundingRule) -> Int {
      Int(min((span.seconds / tickSeconds).rounded(rule), 40_320))
    }
    scrape = max(1, ticks(pipeline.scrapeInterval, .toNearestOrAwayFromZero))
    delay = ticks(pipeline.delay, .up)
    window = pipeline.window > .zero ? max(1, ticks(pipeline.window, .toNearestOrAwayFromZero)) : 0
    staleness = ticks(pipeline.staleness, .down)
    silences = incidents.compactMap { incident in
      guard case .metricsMissing(let time) = incident.kind, time > .zero else { return nil }
      let from = min(max(0, incident.at.seconds) / tickSeconds, 1e15)
      return Int(from)..<Int((from + min(time.seconds / tickSeconds, 1e15)).rounded(.up))
    }.sorted { $0.lowerBound < $1.lowerBound }
    isInstant = scrape == 1 && delay == 0 && window == 0 && silences.isEmpty
    readsDemand = reads.contains(.requestRate)
    kept = isInstant ? [] : reads.subtracting(.requestRate)
    keepsUtilization = kept.contains(.utilization)
    keepsOthers = !kept.isSubset(of: .utilization)
    width = kept.rawValue.nonzeroBitCount
    first = Array(repeating: .nan, count: width)
    if width == 0 {
      ring = []
      mask = 0
    } else {
      var size = 4
      while size < scrape + delay + window + staleness + 1 { size *= 2 }
      ring = Array(repeating: .nan, count: size * width)
      mask = size - 1
    }
  }

  /// Keeps the measurements of a tick; ticks come in order from 0. Only where something is kept.
  @inline(__always)
  mutating func add(_ signals: Signals, tick: Int) {
    var slot = (tick & mask) &* width
    if keepsUtilization {
      ring[slot] = signals.utilization
      slot &+= 1
    }
    if keepsOthers { addOthers(signals, slot) }
    if tick == 0 { for i in 0..<width { first[i] = ring[i] } }
  }

  private mutating func addOthers(_ signals: Signals, _ slot: Int) {
    var slot = slot
    if kept.contains(.concurrency) {
      ring[slot] = signals.concurrency
      slot += 1
    }
    if kept.contains(.queueDepth) {
      ring[slot] = signals.queueDepth
      slot += 1
    }
    if kept.contains(.p99Latency) { ring[slot] = signals.p99Latency }
  }

  /// The tick at whose start the newest measurement was taken that is visible at the start of a tick; negative
  /// before the run, nil where the newest is stale.
  @inline(__always)
  func measuredAt(visibleAt tick: Int) -> Int? {
    let latest = tick - delay
    let at = scrape == 1 || latest < 0 ? latest : latest / scrape * scrape
    return silences.isEmpty ? at : heard(at, tick: tick)
  }

  /// The newest measurement that was not lost in a silence.
  private func heard(_ at: Int, tick: Int) -> Int? {
    guard let silence = silences.last(where: { $0.contains(at) }) else { return at }
    var last = silence.lowerBound - 1
    if last >= 0 { last = last / scrape * scrape }
    // Silences may touch.
    if let other = heard(last, tick: tick), other <= last { last = other }
    return tick - last > staleness ? nil : last
  }

  /// The demand that is visible at the start of a tick.
  @inline(__always)
  func demand(at tick: Int, _ rates: UnsafeBufferPointer<Double>) -> Double {
    guard let at = measuredAt(visibleAt: tick) else { return .nan }
    guard window > 0 else { return rates[max(0, at)] }
    var sum = 0.0
    for i in (at - window)..<at { sum += rates[max(0, i)] }
    return sum / Double(window)
  }

  /// What is visible at the start of a tick. The tick's own measurements must have been added.
  @inline(__always)
  func read(at tick: Int, _ rates: UnsafeBufferPointer<Double>) -> Signals {
    var signals = Signals()
    if readsDemand { signals.demand = demand(at: tick, rates) }
    guard width > 0, let at = measuredAt(visibleAt: tick) else { return signals }
    var column = 0
    if keepsUtilization {
      signals.utilization = mean(column, at)
      column = 1
    }
    if keepsOthers { readOthers(&signals, column, at) }
    return signals
  }

  private func readOthers(_ signals: inout Signals, _ column: Int, _ at: Int) {
    var column = column
    if kept.contains(.concurrency) {
      signals.concurrency = mean(column, at)
      column += 1
    }
    if kept.contains(.queueDepth) {
      signals.queueDepth = mean(column, at)
      column += 1
    }
    if kept.contains(.p99Latency) { signals.p99Latency = mean(column, at) }
  }

  /// The mean of a column over the window; what was not measured does not count.
  @inline(__always)
  private func mean(_ column: Int, _ at: Int) -> Double {
    guard window > 0 else { return at < 0 ? first[column] : ring[(at & mask) &* width &+ column] }
    var sum = 0.0
    var measured = 0
    for i in (at - window)..<at {
      let value = i < 0 ? first[column] : ring[(i & mask) &* width &+ column]
      if value == value {
        sum += value
        measured &+= 1
      }
    }
    return measured > 0 ? sum / Double(measured) : .nan
  }
}
