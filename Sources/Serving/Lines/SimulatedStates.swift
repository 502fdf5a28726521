import Glibc
import Quantities
import Synchronization

/// Steady states that no formula knows, found by simulation and remembered: at points of utilization, between which times
/// are interpolated. Any number of questions costs each point once; the seed is fixed, so that answers never change.
///
/// Points lie on the axis 1 - sqrt(1 - u), closer where times rise. Times at a point are held at 96 ranks, evenly spaced in
/// -ln(1 - p) up to p = 0.9999, and between points their logarithms run in straight lines.
final class SimulatedStates: Sendable {
  /// What a simulation at one utilization found, in seconds.
  struct State: Sendable {
    var mean: Double
    /// At the ranks of ``SimulatedStates/ranks``.
    var quantiles: [Double]
    /// The mean wait and its quantiles.
    var waitMean: Double
    var waitQuantiles: [Double]
    var concurrency: Double
  }

  static let ranks: [Double] = (1...96).map { -expm1(-Double($0) * 9.21034 / 96) }
  private static let points = 64
  /// Beyond this utilization a system is so far from steady that no plan means it; its state is that of 0.99.
  private static let top = 0.99

  private let simulate: @Sendable (Double) -> State
  private let known = Mutex<[Int: State]>([:])

  /// - Parameter simulate: the state at a utilization from 0 to below 1.
  init(_ simulate: @escaping @Sendable (Double) -> State) { self.simulate = simulate }

  private static func utilization(_ point: Int) -> Double {
    let axis = (1 - (1 - top).squareRoot()) * Double(point) / Double(points)
    return 1 - (1 - axis) * (1 - axis)
  }

  private func point(_ index: Int) -> State {
    if let state = known.withLock({ $0[index] }) { return state }
    let state = simulate(Self.utilization(index))
    known.withLock { $0[index] = state }
    return state
  }

  /// The state at a utilization below 1.
  func state(at utilization: Double) -> State {
    let u = min(max(0, utilization), Self.top)
    let x = (1 - (1 - u).squareRoot()) / (1 - (1 - Self.top).squareRoot()) * Double(Self.points)
    let low = min(Int(x), Self.points - 1)
    let (a, b, part) = (point(low), point(low + 1), x - Double(low))
    func between(_ x: Double, _ y: Double) -> Double {
      x > 0 && y > 0 ? x * pow(y / x, part) : x + (y - x) * part
    }
    return State(
      mean: between(a.mean, b.mean), quantiles: zip(a.quantiles, b.quantiles).map { between($0.0, $0.1) },
      waitMean: between(a.waitMean, b.waitMean),
      waitQuantiles: zip(a.waitQuantiles, b.waitQuantiles).map { between($0.0, $0.1) },
      concurrency: between(a.concurrency, b.concurrency))
  }
}

extension SimulatedStates.State {
  /// The quantile at a share of requests; beyond the last rank along the tail's last piece.
  static func quantile(_ p: Double, _ quantiles: [Double]) -> Double {
    guard p > 0 else { return 0 }
    guard p < 1 else { return .infinity }
    let step = 9.21034 / 96
    let x = -log1p(-p) / step
    let low = min(Int(x), 95)
    let before = low == 0 ? 0 : quantiles[low - 1]
    return before + (quantiles[low] - before) * (x - Double(low))
  }

  /// The share within a time: the inverse of ``quantile(_:_:)``.
  static func share(within time: Double, _ quantiles: [Double]) -> Double {
    guard time >= 0 else { return 0 }
    let step = 9.21034 / 96
    let above = quantiles.firstIndex { $0 > time } ?? quantiles.count
    if above == quantiles.count {
      let last = quantiles[95] - quantiles[94]
      guard last > 0 else { return 1 }
      return -expm1(-step * (96 + (time - quantiles[95]) / last))
    }
    let before = above == 0 ? 0 : quantiles[above - 1]
    let part = quantiles[above] > before ? (time - before) / (quantiles[above] - before) : 0
    return -expm1(-step * (Double(above) + part))
  }

  var latency: Latency { Self.latency(mean, quantiles) }
  var waitLatency: Latency { Self.latency(waitMean, waitQuantiles) }

  private static func latency(_ mean: Double, _ quantiles: [Double]) -> Latency {
    func at(_ p: Double) -> Double { quantile(p, quantiles) }
    return Latency(mean: mean, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p999: at(0.999))
  }
}
