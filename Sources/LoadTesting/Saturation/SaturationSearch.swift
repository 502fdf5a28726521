import Glibc
import Quantities

/// Finds the highest rate that a service keeps an objective at, as a machine without I/O: it says which rate to probe
/// next and for how long, and is told what was measured.
///
/// First rates double (or halve) until one keeps the objective and one misses it, and the interval between them is
/// halved, in ratio, until its ends differ by a quarter: by short looks, longer where they cannot tell, and a miss by a
/// little is looked at for longer before it counts, as an early hiccup would otherwise decide. Then longer probes near
/// the limit narrow it down. Two things can be the limit, and the lower of them is:
///
/// - **latency**: where the share of requests that miss a bound reaches what is allowed, by a `MissCurve` through all
///   probes near by, and by what a queue in front of this capacity does in heavy traffic (`QueueCapacity`): a probe near
///   the capacity is over long before the queue is as long as it becomes;
/// - **capacity**: what the service did while requests were always waiting. Above it the queue grows for ever, however
///   loose the bound and however short the probe.
///
/// The answer is the highest rate that was **kept**: probed, within both limits, and without a queue that grew.
public struct SaturationSearch: Sendable {
  public enum Step: Sendable, Equatable {
    /// Load the service at this rate and measure so many seconds.
    case probe(rate: Double, seconds: Double)
    case done
  }
  /// Why the search ended.
  public enum Reason: String, Sendable {
    case converged
    /// The time for it is over: the interval of the limit is wider than was asked for.
    case budget
    /// Even the least rate misses the objective.
    case belowStart = "below-start"
    /// Even the highest rate allowed keeps it.
    case aboveLimit = "above-limit"
    /// None missed it, and the highest had too few requests to tell that it was kept: steps of a ramp are as long as they are.
    case tooShort = "too-short"
    /// Probes that said nothing about the service.
    case aborted
    case tooManyProbes = "too-many-probes"
    /// Nobody answers.
    case unreachable
  }

  /// So many aborted probes one behind the other end the search.
  public static let mostAbortions = 4
  /// How precisely the limit is wanted, as a share of it.
  public var precision: Double
  public var lowestRate: Double
  public var highestRate: Double
  public var mostProbes: Int
  /// Seconds of a short look.
  public let base: Double
  /// What the longest probe takes, and all that narrow the limit down together, in short looks.
  public var longest = 12.0
  public var budget = 100.0
  public private(set) var probes: [SaturationProbe] = []
  public private(set) var reason: Reason?
  /// The limit as far as it is known, and its relative standard error; nil before anything was missed.
  public private(set) var limit: Limit?
  public struct Limit: Sendable, Equatable {
    public var rate: Double
    public var error: Double
  }
  /// Whether the limit is what the service can do, not when it gets late.
  public private(set) var isCapacityLimit = false

  private var measured: [ProbeMeasurement] = []
  private var low: Double?
  private var high: Double?
  private var next: Double
  private var seconds: Double
  private var isRefining = false
  private var spent = 0.0
  private var rounds = 0
  private var confirmations = 0
  private var abortions = 0

  /// - Parameters:
  ///   - start: requests a second to begin with.
  ///   - base: seconds of a short look.
  ///   - precision: how precisely the limit is wanted, as a share of it.
  public init(
    start: Double, base: Double = 3, precision: Double = 0.01, lowestRate: Double = 1, highestRate: Double = 100_000,
    mostProbes: Int = 60
  ) {
    self.base = base
    self.precision = max(1e-3, precision)
    self.lowestRate = lowestRate
    self.highestRate = max(lowestRate, highestRate)
    self.mostProbes = mostProbes
    next = min(max(start, lowestRate), self.highestRate)
    seconds = base
  }

  public var step: Step { reason == nil ? .probe(rate: next, seconds: seconds) : .done }

  /// The highest rate that was kept: probed, at most the limit, and not missed.
  public var kept: Double? {
    let most = limit.map { $0.rate * 1.002 } ?? .infinity
    let thorough = indices { measured[$0].seconds >= 2 * base }
    let all = thorough.isEmpty || limit == nil ? indices { _ in true } : thorough
    func best(_ places: [Int]) -> Double? {
      places.filter { isKept($0) && probes[$0].rate <= most }.map { probes[$0].rate }.max()
    }
    return best(all) ?? best(indices { _ in true })
  }
  /// Between which rates the limit lies: with 95 % confidence, as far as the probes tell.
  public var interval: (low: Double, high: Double)? {
    guard let kept else { return nil }
    guard let limit else { return (kept, kept) }
    let high = max(kept, limit.rate * (1 + 2 * limit.error))
    return (min(kept, limit.rate * (1 - 2 * limit.error)), high)
  }
  /// What is in the way above: "capacity", "latency" or "errors".
  public var binding: String? {
    let missed = probes.filter { $0.verdict == .missed }.min { $0.rate < $1.rate }
    guard limit != nil else { return missed?.binding }
    return isCapacityLimit ? "capacity" : missed?.binding == "errors" ? "errors" : "latency"
  }

  private func indices(_ isWanted: (Int) -> Bool) -> [Int] { probes.indices.filter(isWanted) }
  private func isKept(_ i: Int) -> Bool {
    switch probes[i].verdict {
    case .passed: true
    // Too close to tell by itself: the limit, which all probes tell together, decides.
    case .unresolved: isRefining && !measured[i].isDrifting && measured[i].seconds >= 4 * base
    case .missed, .aborted: false
    }
  }

  /// Takes in what came of the probe asked for.
  public mutating func note(_ measurement: ProbeMeasurement) {
    guard reason == nil else { return }
    let probe = SaturationProbe(measurement)
    spent += measurement.seconds
    if measurement.isUnreachable, !probes.contains(where: { $0.verdict == .passed }) {
      probes.append(probe)
      measured.append(measurement)
      reason = .unreachable
      return
    }
    defer {
      if reason == nil, probes.count >= mostProbes { reason = .tooManyProbes }
    }
    if probe.verdict == .aborted {
      probes.append(probe)
      measured.append(measurement)
      abortions += 1
      if abortions >= Self.mostAbortions { reason = .aborted }
      return
    }
    abortions = 0
    probes.append(probe)
    measured.append(measurement)
    if isRefining { refine() } else { bracket(probe, measurement) }
  }

  // MARK: Bracket

  private mutating func bracket(_ probe: SaturationProbe, _ measurement: ProbeMeasurement) {
    let isLong = measurement.seconds >= 4 * base * 0.999
    var isGood = probe.verdict == .passed
    if probe.verdict == .unresolved, isLong {
      // At the edge itself: the estimate decides.
      isGood =
        probe.drift <= SaturationProbe.tolerableDrift
        && measurement.bounds.allSatisfy {
          ShareInterval(good: $0.good, of: measurement.offered).estimate >= $0.required
        }
    } else if probe.verdict == .unresolved {
      seconds = min(4 * base, measurement.seconds * 2)
      return
    }
    if probe.verdict == .missed, !isLong, probe.goodLow > 0.5, !(measurement.isDrifting && probe.drift > 0.05) {
      // Missed by a little, in a short look: a hiccup of the machine or of a service that is still warming up.
      seconds = 4 * base
      return
    }
    seconds = base
    if isGood {
      low = max(low ?? 0, probe.rate)
      if let high, high <= probe.rate { self.high = nil }
    } else {
      high = min(high ?? .infinity, probe.rate)
      // A rate above the one that misses had passed: what passed by a shorter look is doubted.
      if let low, low >= probe.rate { self.low = nil }
    }
    switch (low, high) {
    case (let low?, let high?):
      if high / low <= 1.25 {
        isRefining = true
        spent = 0
        refine()
      } else {
        next = (low * high).squareRoot()
      }
    case (let low?, nil):
      if low >= highestRate { reason = .aboveLimit } else { next = min(highestRate, low * 2) }
    case (nil, let high?):
      if high <= lowestRate { reason = .belowStart } else { next = max(lowestRate, high / 2) }
    case (nil, nil): break
    }
  }

  // MARK: Refine

  private mutating func refine() {
    if let last = probes.last, last.verdict == .passed, last.rate > low ?? .infinity {
      low = last.rate
      if let high, high <= last.rate { self.high = last.rate * 1.1 }
    }
    guard var low, let high else { return }
    let capacity = pooledCapacity
    var found = latencyLimit(from: low / 1.3, to: high * 1.3, capacity).flatMap {
      $0.error < Self.vague ? (rate: $0.limit, error: $0.error) : nil
    }
    // Whether looks above the capacity tell more than looks at the limit.
    var seesCapacity = false
    if let capacity, let queue = queueLimit(capacity) {
      if let curve = found, abs(curve.rate - queue.rate) < 2 * hypot(curve.error * curve.rate, queue.error * queue.rate)
      {
        // They agree: each weighed by how sure it is.
        let (a, b) = (1 / (curve.error * curve.error), 1 / (queue.error * queue.error))
        found = ((curve.rate * a + queue.rate * b) / (a + b), 1 / (a + b).squareRoot())
        seesCapacity = b > a
      } else if queue.rate < found?.rate ?? .infinity, queue.error <= max(Self.sureOfQueue, found?.error ?? .infinity) {
        // What overloaded looks foretell goes before what was seen only where it is known well.
        found = queue
        seesCapacity = true
      }
    }
    isCapacityLimit = false
    if let capacity {
      // What was served for long is within the capacity, whatever short looks say of it.
      let safe = max(capacity.rate - 1.5 * capacity.error, min(served, capacity.rate))
      if safe < found?.rate ?? .infinity {
        found = (safe, capacity.error / capacity.rate)
        isCapacityLimit = true
        seesCapacity = true
      }
    }
    var estimate = found?.rate ?? high
    // Nor is a rate kept that was missed with confidence by a long look.
    let missed = indices { probes[$0].verdict == .missed && measured[$0].seconds >= 4 * base * 0.999 }
    let leastMissed = missed.map { probes[$0].rate }.min()
    if let leastMissed, estimate >= leastMissed { estimate = leastMissed * (1 - precision / 2) }
    if estimate > low * 1.35 {
      estimate = low * 1.35
      low = estimate
      self.low = low
    }
    estimate = min(highestRate, max(estimate, low / 1.2))
    // And what was kept with confidence by a long look, below anything that was missed so, is kept.
    let sure = indices { probes[$0].verdict == .passed && isLong($0) && isSettled($0, capacity) }.map {
      probes[$0].rate
    }
    .filter { $0 < leastMissed ?? .infinity }.max()
    if let sure, sure > estimate, !isCapacityLimit { estimate = min(sure, highestRate) }
    let error = found?.error ?? 0.1
    limit = Limit(rate: estimate, error: error)
    let isPrecise = found != nil && error <= (isCapacityLimit ? 0.5 : 0.9) * precision
    let isConfirmed = (best(upTo: estimate) ?? 0) >= estimate * (1 - 1.2 * precision)
    if isPrecise, isConfirmed {
      reason = .converged
      return
    }
    let isOver = spent >= budget * base
    if isOver {
      // The rate that is told was kept: where none near the limit was, a few looks more.
      guard !isConfirmed, confirmations < 3 else {
        reason = isConfirmed && error <= 2 * precision ? .converged : .budget
        return
      }
      confirmations += 1
      seconds = longest * base
      next = estimate * (1 - precision * Double(confirmations))
      return
    }
    seconds = min(longest * base, rounds == 0 ? 6 * base : seconds * 1.5)
    if seesCapacity, error > 0.4 * precision, rounds % 2 == 0, let capacity {
      // A little too much, for as long as it takes to see what the service does then.
      next = capacity.rate * 1.08
    } else if found == nil {
      next = high
    } else {
      next = estimate * (isCapacityLimit || error < 1.5 * precision ? 1 - 0.5 * precision : 1)
    }
    if !(isCapacityLimit && error <= 0.02) {
      let (keptEdge, missedEdge) = edges
      if let keptEdge, let missedEdge, error > 2 * precision {
        // The curve does not tell yet: between the edges.
        next = (keptEdge * missedEdge).squareRoot()
      } else if let last = probes.indices.last, probes[last].verdict == .passed, isLong(last),
        probes[last].rate >= 0.985 * estimate, missedEdge ?? .infinity > 1.25 * probes[last].rate
      {
        // Nothing near is missed: what limits lies further up.
        next = min(probes[last].rate * 1.25, missedEdge ?? .infinity)
      }
    }
    next = min(highestRate, max(lowestRate, next))
    rounds += 1
    if let last = probes.last, last.verdict == .missed, last.rate <= low { self.low = last.rate * 0.85 }
  }

  /// A curve with a larger relative error says nothing: its probes all kept the bound, or all missed it.
  private static let vague = 0.25
  /// How well the wait in heavy traffic has to be known to overrule a better known curve. With 0.04 the lowest of 200
  /// searches ends 11 % too low, with this 5 %.
  private static let sureOfQueue = 0.02

  private func isLong(_ i: Int) -> Bool { measured[i].seconds >= 4 * base * 0.999 }

  /// Among the long looks: the least rate whose shares fell short, and below it the highest whose did not.
  private var edges: (kept: Double?, missed: Double?) {
    let long = indices { isLong($0) && probes[$0].verdict != .aborted }
    func isGood(_ i: Int) -> Bool {
      probes[i].verdict != .missed
        && measured[i].bounds.allSatisfy {
          ShareInterval(good: $0.good, of: measured[i].offered).estimate >= $0.required
        }
    }
    let missed = long.filter { !isGood($0) }.map { probes[$0].rate }.min()
    return (long.filter { isGood($0) && probes[$0].rate < missed ?? .infinity }.map { probes[$0].rate }.max(), missed)
  }

  private func best(upTo rate: Double) -> Double? {
    indices { isKept($0) && measured[$0].seconds >= 4 * base * 0.999 && probes[$0].rate <= rate }
      .filter { probes[$0].goodHigh >= (measured[$0].bounds.map(\.required).min() ?? 0) }
      .map { probes[$0].rate }.max()
  }

  /// The capacity by all probes that saw it, near the least of their rates: far above it a service may do less.
  private var pooledCapacity: QueueCapacity? {
    // A short look that seemed to drift at a rate which a long one kept saw something else.
    let steady = served
    let seen = measured.filter { !$0.isSpoiled && $0.rate > steady }
      .compactMap { it in it.capacity.map { (it.rate, $0.rate, $0.error, $0.seconds) } }
    guard let least = seen.map(\.0).min() else { return nil }
    let near = seen.filter { $0.0 <= 1.15 * least }
    let time = near.reduce(0) { $0 + $1.3 }
    // One variance for all: weighing each by its own would favour those that happened to look calm.
    let variance = near.reduce(0) { $0 + $1.2 * $1.2 * $1.3 * $1.3 } / time
    let rate = near.reduce(0) { $0 + $1.1 * $1.3 } / time
    // Arrivals scatter as requests do; the rates here are of sessions, each of several requests.
    return QueueCapacity(
      rate: rate, error: (variance / time).squareRoot(),
      variance: variance + arrivalVariance * rate / requestsPerArrival)
  }

  /// What long looks showed that the service does, at the least: their rate less what the queue may have grown by.
  private var served: Double {
    indices { probes[$0].verdict != .aborted && !measured[$0].isSpoiled && isLong($0) }
      .map { probes[$0].rate * (1 - max(0, probes[$0].drift) - 2 * max(probes[$0].driftError, measured[$0].wandering)) }
      .max() ?? 0
  }
  /// How far arrivals scatter: their variance over their mean, 1 where they are independent, 0 where they are even.
  private var arrivalVariance: Double {
    var squares = 0.0
    var count = 0.0
    for it in measured where !it.isSpoiled && it.offered.count > 1 {
      let arrivals = it.offered.map(Double.init)
      squares += pow(Statistics.deviation(arrivals) ?? 0, 2) * Double(arrivals.count)
      count += arrivals.reduce(0, +)
    }
    return count > 0 ? squares / count : 1
  }

  private var requestsPerArrival: Double { measured.last?.requestsPerArrival ?? 1 }

  /// Whether a probe was long enough for the queue to become as long as it does: ten times what it remembers.
  private func isSettled(_ i: Int, _ capacity: QueueCapacity?) -> Bool {
    capacity.map { measured[i].seconds >= 10 * $0.memory(at: probes[i].rate) } ?? true
  }

  /// The lowest of the bounds' limits by the wait in heavy traffic.
  private func queueLimit(_ capacity: QueueCapacity) -> (rate: Double, error: Double)? {
    guard let first = measured.first else { return nil }
    // What a request takes without waiting is no part of the wait; only the first bound's latency is measured.
    let idle = measured.filter { !$0.isSpoiled }.compactMap(\.latency).min() ?? 0
    return first.bounds.indices.compactMap { b in
      guard let within = first.bounds[b].within else { return nil }
      let wait = within - (b == 0 ? idle : 0)
      return wait > 0.2 * within ? capacity.limit(within: wait, allowed: 1 - first.bounds[b].required) : nil
    }.min { $0.rate < $1.rate }
  }

  /// The lowest of the bounds' limits by latency.
  private func latencyLimit(
    from: Double, to: Double, _ capacity: QueueCapacity?
  ) -> MissCurve? {
    let near = measured.filter { !$0.isSpoiled && !$0.isDrifting && $0.rate >= from && $0.rate <= to }
    var lowest: MissCurve?
    for b in measured.first?.bounds.indices ?? 0..<0 {
      var points: [(point: MissCurve.Point, share: ShareInterval, seconds: Double)] = []
      for it in near {
        let required = it.bounds[b].required
        let share = ShareInterval(good: it.bounds[b].good, of: it.offered)
        // Above the capacity a short probe keeps a loose bound, which says nothing.
        if let capacity, it.rate > capacity.rate - capacity.error, share.estimate >= required { continue }
        let count = Double(it.offered.reduce(0, +))
        points.append((.init(rate: it.rate, count: count, missed: 1 - share.estimate), share, it.seconds))
      }
      let required = measured.first?.bounds[b].required ?? 0.99
      guard points.contains(where: { $0.share.estimate < required }) else { continue }
      // Misses come in clumps: the shares' own scatter says how many requests amount to one.
      var found = 0.0
      var expected = 0.0
      for it in points where it.seconds >= 2 * base && it.point.missed > 0 && it.point.missed < 1 {
        let w = it.point.count * it.point.missed * (1 - it.point.missed)
        found += w * it.share.clumping
        expected += w
      }
      let clumping = max(1, expected > 0 ? found / expected : 5)
      // Where most requests miss, the curve says nothing about where the first do: only that the limit lies below.
      let ceiling = min(0.5, 0.1 + 10 * (1 - required))
      func effective(_ point: MissCurve.Point) -> Double {
        var clump = clumping
        if let capacity, point.rate < capacity.rate {
          clump = max(clump, point.rate * requestsPerArrival * capacity.memory(at: point.rate) / 2)
        } else if capacity != nil {
          clump = point.count
        }
        return max(1, point.count / clump)
      }
      let curve = MissCurve(
        points.map {
          $0.point.missed > ceiling
            ? .init(rate: $0.point.rate, count: min(50, effective($0.point)), missed: ceiling)
            : .init(rate: $0.point.rate, count: effective($0.point), missed: $0.point.missed)
        }, allowed: 1 - required, capacity: capacity?.rate)
      if let curve, curve.limit < lowest?.limit ?? .infinity { lowest = curve }
    }
    return lowest
  }
}
