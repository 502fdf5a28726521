import Glibc
import Quantities

/// How one replica's times grow with its load: the scheduler's steps simulated at a row of loads under Poisson arrivals,
/// and read between them.
public struct LoadCurve: Hashable, Sendable {
  /// One load.
  public struct Point: Hashable, Sendable {
    /// Requests a second over the most that the replica sustains.
    public var utilization: Double
    public var latencies: [ServiceMetric: Latency]
    /// Sequences at work on average, and the share of the cache that they take.
    public var concurrency: Double
    public var cacheUse: Double
  }

  public let points: [Point]
  /// Requests a second at saturation.
  public let capacity: Double

  /// Loads that are simulated: close where times bend.
  static let loads = [0.05, 0.25, 0.5, 0.65, 0.75, 0.82, 0.88, 0.92, 0.95, 0.975, 0.99]

  /// - Parameters:
  ///   - steady: The replica's steady state, whose peak is the curve's capacity.
  ///   - requests: Simulated at each load; some thousand settle a 99th percentile to a few per cent.
  ///   - entry: Seconds in and out of the engine.
  public init(
    steady: SteadyState, lengths: TokenLengths, limits: TokenScheduler.Limits, entry: Double, requests: Int = 3000,
    seed: UInt64 = 1
  ) {
    let capacity = steady.peak / steady.output
    self.capacity = capacity
    var points: [Point] = []
    for (index, load) in Self.loads.enumerated() {
      var random = RandomStream(seed: seed, item: UInt64(index))
      var time = 0.0
      let arrivals = (0..<requests).map { _ -> Double in
        time += random.exponential(mean: 1 / (capacity * load))
        return time
      }
      let run = TokenScheduler.openLoop(
        arrivals: arrivals, lengths: lengths, step: steady.step, limits: limits, seed: seed &+ UInt64(index))
      // The replica begins empty: the first part is not its steady state.
      let skipped = requests / 5
      let first = run.firstToken.dropFirst(skipped).map { $0 + entry }
      let pace = Array(run.perToken.dropFirst(min(skipped, run.perToken.count / 5)))
      let response = run.response.dropFirst(skipped).map { $0 + entry }
      let alone = steady.step.seconds(.prompts(1, of: steady.input, cached: steady.cached)) + entry
      let waits = first.map { max(0, $0 - alone) }
      var latencies: [ServiceMetric: Latency] = [
        .firstToken: Latency(of: first), .response: Latency(of: response), .wait: Latency(of: waits),
      ]
      if !pace.isEmpty {
        latencies[.perToken] = Latency(of: pace)
        // Between two tokens lies a step, longer where it carries a prompt: its quantiles by the shares of such steps.
        latencies[.betweenTokens] = Self.gaps(
          steady, sequences: max(1, run.concurrency), rate: capacity * load, mean: ServingRun.mean(pace))
      }
      // More load is never faster: what chance says otherwise is levelled.
      if let before = points.last {
        for (metric, latency) in latencies {
          if let lower = before.latencies[metric] { latencies[metric] = latency.atLeast(lower) }
        }
      }
      let held = run.concurrency * (steady.input + steady.output / 2)
      points.append(
        Point(
          utilization: load, latencies: latencies, concurrency: capacity * load * (latencies[.response]?.mean ?? 0),
          cacheUse: min(1, held / max(1, limits.cacheTokens))))
    }
    self.points = points
  }

  private static func gaps(_ steady: SteadyState, sequences: Double, rate: Double, mean: Double) -> Latency {
    let plain = steady.decode(sequences) * steady.step.gained
    let long = plain + steady.prompt(beside: sequences)
    let share = min(1, rate * plain)
    func at(_ p: Double) -> Double { 1 - p < share ? long : plain }
    return Latency(mean: mean, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p999: at(0.999))
  }

  /// The times at a utilization below 1, between the two nearest loads; above the last along 1 / (1 - u), as queues
  /// grow.
  public func point(at utilization: Double) -> Point {
    guard let first = points.first, let last = points.last else {
      return Point(utilization: utilization, latencies: [:], concurrency: 0, cacheUse: 0)
    }
    if utilization <= first.utilization {
      var point = first
      point.utilization = utilization
      point.concurrency *= max(0, utilization) / first.utilization
      point.cacheUse *= max(0, utilization) / first.utilization
      return point
    }
    guard utilization < last.utilization else {
      let factor = (1 - last.utilization) / max(1e-6, 1 - utilization)
      return Point(
        utilization: utilization,
        latencies: last.latencies.mapValues { $0 * (1 + 0.5 * (factor - 1)) }, concurrency: last.concurrency * factor,
        cacheUse: last.cacheUse)
    }
    for i in 1..<points.count where utilization < points[i].utilization {
      let (a, b) = (points[i - 1], points[i])
      let share = (utilization - a.utilization) / (b.utilization - a.utilization)
      var latencies: [ServiceMetric: Latency] = [:]
      for (metric, below) in a.latencies {
        if let above = b.latencies[metric] { latencies[metric] = below.between(above, share) }
      }
      return Point(
        utilization: utilization, latencies: latencies,
        concurrency: a.concurrency + (b.concurrency - a.concurrency) * share,
        cacheUse: a.cacheUse + (b.cacheUse - a.cacheUse) * share)
    }
    return last
  }
}

extension Latency {
  /// The mean and quantiles of measured times, quantiles as numpy's `linear`.
  public init(of times: [Double]) {
    let sorted = times.sorted()
    func at(_ share: Double) -> Double {
      guard let last = sorted.last else { return 0 }
      let position = Double(sorted.count - 1) * share
      let below = Int(position)
      guard below + 1 < sorted.count else { return last }
      return sorted[below] + (sorted[below + 1] - sorted[below]) * (position - Double(below))
    }
    self.init(
      mean: ServingRun.mean(times), p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p999: at(0.999))
  }

  private func mapped(_ other: Latency, _ f: (Double, Double) -> Double) -> Latency {
    Latency(
      mean: f(mean, other.mean), p50: f(p50, other.p50), p90: f(p90, other.p90), p95: f(p95, other.p95),
      p99: f(p99, other.p99), p999: f(p999, other.p999))
  }

  func between(_ other: Latency, _ share: Double) -> Latency { mapped(other) { $0 + ($1 - $0) * share } }

  func atLeast(_ other: Latency) -> Latency { mapped(other) { max($0, $1) } }

  static func * (a: Latency, factor: Double) -> Latency { a.mapped(a) { x, _ in x * factor } }
}
