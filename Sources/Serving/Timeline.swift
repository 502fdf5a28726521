import Quantities

/// An outcome over time: columns of equal length, each row a bucket of one or more ticks. Peaks survive: every
/// column says whether it keeps the mean, the least or the most of its bucket.
public struct Timeline: Sendable, Equatable {
  public var start: Timestamp
  /// The width of a bucket; the last one may be cut short by the end.
  public var step: Duration
  /// Requests a second: the bucket's mean and its largest tick.
  public var demandMean: [Double] = []
  public var demandMax: [Double] = []
  /// Requests a second that the ready replicas could serve: the least.
  public var capacityMin: [Double] = []
  /// Ready replicas: the fewest.
  public var ready: [Double] = []
  /// Replicas on their way: the most.
  public var starting: [Double] = []
  /// Replicas asked for: the most.
  public var desired: [Double] = []
  /// Requests waiting: the most.
  public var queue: [Double] = []
  /// Requests turned away or given up in the bucket: the sum.
  public var unserved: [Double] = []
  /// Busy share of the ready replicas, 1 is saturated: the most.
  public var utilizationMax: [Double] = []
  /// Seconds, the wait in the queue included: the most; NaN where the model knows no latency.
  public var p99Max: [Double] = []
  /// Replicas that machines are paid for: the mean; empty where that is not known.
  public var paid: [Double] = []

  public init(start: Timestamp, step: Duration) {
    self.start = start
    self.step = step
  }

  public var count: Int { demandMean.count }
  /// The start of a bucket.
  public func time(at index: Int) -> Timestamp {
    Timestamp(nanosecondsSinceEpoch: start.nanosecondsSinceEpoch &+ Int64(index) &* step.nanoseconds)
  }

  /// Gaps equal gaps.
  public static func == (a: Timeline, b: Timeline) -> Bool {
    func same(_ x: [Double], _ y: [Double]) -> Bool {
      x.count == y.count && zip(x, y).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
    }
    return a.start == b.start && a.step == b.step && same(a.demandMean, b.demandMean)
      && same(a.demandMax, b.demandMax) && same(a.capacityMin, b.capacityMin) && same(a.ready, b.ready)
      && same(a.starting, b.starting) && same(a.desired, b.desired) && same(a.queue, b.queue)
      && same(a.unserved, b.unserved) && same(a.utilizationMax, b.utilizationMax) && same(a.p99Max, b.p99Max)
      && same(a.paid, b.paid)
  }
}
