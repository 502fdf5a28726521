import Quantities
import Scaling

/// The measurements on their way to the policy: the ticks of the recent past, averaged when somebody looks.
struct MetricFeed {
  /// All in ticks.
  private let scrape: Int
  private let delay: Int
  let window: Int
  private var ring: [Signals]
  private let mask: Int
  private var first = Signals()

  /// Whether a look reads nothing but the present.
  let isInstant: Bool

  init(_ pipeline: MetricPipeline, tick: Duration) {
    let tickSeconds = tick.seconds
    // A week of ticks is kept at most.
    func ticks(_ span: Duration, _ rule: FloatingPointRoundingRule) -> Int {
      Int(min((span.seconds / tickSeconds).rounded(rule), 40_320))
    }
    scrape = max(1, ticks(pipeline.scrapeInterval, .toNearestOrAwayFromZero))
    delay = ticks(pipeline.delay, .up)
    window = pipeline.window > .zero ? max(1, ticks(pipeline.window, .toNearestOrAwayFromZero)) : 0
    isInstant = scrape == 1 && delay == 0 && window == 0
    if isInstant {
      ring = []
      mask = 0
    } else {
      var size = 4
      while size < scrape + delay + window + 1 { size *= 2 }
      ring = Array(repeating: Signals(), count: size)
      mask = size - 1
    }
  }

  /// Keeps the measurements of a tick; ticks come in order from 0. Only for feeds that are not instant.
  @inline(__always)
  mutating func add(_ signals: Signals, tick: Int) {
    if tick == 0 { first = signals }
    ring[tick & mask] = signals
  }

  /// The tick at whose start the newest measurement was taken that is visible at the start of a tick; negative
  /// before the run.
  func measuredAt(visibleAt tick: Int) -> Int {
    let latest = tick - delay
    return latest >= 0 ? latest / scrape * scrape : latest
  }

  /// What is visible at the start of a tick. The tick's own measurements must have been added.
  func read(at tick: Int) -> Signals {
    let at = measuredAt(visibleAt: tick)
    guard window > 0 else { return at < 0 ? first : ring[at & mask] }
    var sum = Signals()
    sum.demand = 0
    sum.queueDepth = 0
    sum.concurrency = 0
    sum.p99Latency = 0
    var utilization = 0.0
    var measured = 0
    for i in (at - window)..<at {
      let signals = i < 0 ? first : ring[i & mask]
      sum.demand += signals.demand
      sum.queueDepth += signals.queueDepth
      sum.concurrency += signals.concurrency
      sum.p99Latency += signals.p99Latency
      if !signals.utilization.isNaN {
        utilization += signals.utilization
        measured += 1
      }
    }
    let n = Double(window)
    sum.demand /= n
    sum.queueDepth /= n
    sum.concurrency /= n
    sum.p99Latency /= n
    sum.utilization = measured > 0 ? utilization / Double(measured) : .nan
    return sum
  }
}
