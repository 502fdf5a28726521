import Glibc
import Quantities

/// One load of a search and what came of it.
public struct SaturationProbe: Sendable, Equatable {
  public enum Verdict: String, Sendable, CaseIterable {
    /// The objective was kept, with confidence.
    case passed
    /// It was missed, with confidence.
    case missed
    /// The measurement was too short to tell.
    case unresolved
    /// The measurement says nothing about the service: the generator fell behind, or it was interrupted. Never a bound.
    case aborted
  }
  /// Requests a second that were asked for.
  public var rate: Double
  public var verdict: Verdict
  /// The share of offered requests that kept the objective, and its interval.
  public var good: Double
  public var goodLow: Double
  public var goodHigh: Double
  /// Requests a second that were answered.
  public var achieved: Double
  /// Seconds at the objective's quantile; nil where nothing came back.
  public var latency: Double?
  /// Requests in the service on average, by Little's law: throughput times mean latency.
  public var concurrency: Double
  public var offered: Int
  /// What was in the way of the objective, for those that missed it.
  public var binding: String?

  public init(
    rate: Double, verdict: Verdict, good: Double = .nan, goodLow: Double = .nan, goodHigh: Double = .nan,
    achieved: Double = .nan, latency: Double? = nil, concurrency: Double = .nan, offered: Int = 0,
    binding: String? = nil
  ) {
    self.rate = rate
    self.verdict = verdict
    self.good = good
    self.goodLow = goodLow
    self.goodHigh = goodHigh
    self.achieved = achieved
    self.latency = latency
    self.concurrency = concurrency
    self.offered = offered
    self.binding = binding
  }
}

/// Finds the highest rate that keeps an objective, as a machine without I/O: it says which rate to probe next and is
/// told what came of it.
///
/// Rates double (or halve) until one keeps the objective and one misses it; then the interval between them is halved, in
/// ratio, until it is narrow. A probe that cannot tell is repeated once with the same rate and counts with the first;
/// one that was aborted is repeated and, if it stays so, ends the search: it never becomes a bound.
public struct SaturationSearch: Sendable {
  public enum Step: Sendable, Equatable {
    /// Load the service at this rate, `length` times as long as usual.
    case probe(rate: Double, length: Double)
    case done
  }
  /// Why the search ended.
  public enum Reason: String, Sendable {
    case converged
    /// Even the least rate misses the objective.
    case belowStart = "below-start"
    /// Even the highest rate allowed keeps it.
    case aboveLimit = "above-limit"
    /// Probes that said nothing about the service.
    case aborted
    case tooManyProbes = "too-many-probes"
  }

  /// So many aborted probes one behind the other end the search.
  public static let mostAbortions = 4
  /// The share of requests that must keep the objective: 0.99 for a P99.
  public let required: Double
  /// The interval is narrow enough when its ends differ by this share.
  public var precision: Double
  public var lowestRate: Double
  public var highestRate: Double
  public var mostProbes: Int
  /// How many times as long a probe takes once the answer is bracketed: random arrivals make what one sees near the
  /// limit vary by several percent of the rate in so short a time.
  public var thoroughness = 1.0
  public private(set) var probes: [SaturationProbe] = []
  /// The highest rate that kept the objective and the least that missed it.
  public private(set) var low: Double?
  public private(set) var high: Double?
  public private(set) var reason: Reason?
  private var next: Double
  private var length = 1.0
  /// How long the highest rate that kept the objective was looked at.
  private var lowLength = 1.0
  private var abortions = 0

  /// - Parameters:
  ///   - start: requests a second to begin with.
  ///   - required: the share of requests that must keep the objective.
  ///   - precision: the width of the answer's interval, as a share of it.
  public init(
    start: Double, required: Double = 0.99, precision: Double = 0.02, lowestRate: Double = 1,
    highestRate: Double = 100_000,
    mostProbes: Int = 40
  ) {
    self.required = required
    self.precision = max(1e-4, precision)
    self.lowestRate = lowestRate
    self.highestRate = max(lowestRate, highestRate)
    self.mostProbes = mostProbes
    next = min(max(start, lowestRate), self.highestRate)
  }

  public var step: Step { reason == nil ? .probe(rate: next, length: length) : .done }

  /// The rate: the middle of the interval, or the one end that there is.
  public var rate: Double? {
    guard let low else { return nil }
    return high.map { (low * $0).squareRoot() } ?? low
  }
  /// What was in the way at the least rate that missed the objective.
  public var binding: String? {
    probes.filter { $0.verdict == .missed }.min { $0.rate < $1.rate }?.binding
  }

  /// Takes in what came of the probe asked for.
  public mutating func note(_ probe: SaturationProbe) {
    guard reason == nil else { return }
    probes.append(probe)
    if probe.verdict == .aborted {
      abortions += 1
      if abortions >= Self.mostAbortions { reason = .aborted }
      return
    }
    abortions = 0
    switch probe.verdict {
    case .unresolved where length < 4:
      // Too close to call: look for longer.
      length *= 2
      if probes.count >= mostProbes { reason = .tooManyProbes }
      return
    case .unresolved:
      // At the edge itself: the estimate decides, and being so near it the error is within the precision's order.
      if probe.good >= required {
        low = probe.rate
        lowLength = length
      } else {
        high = probe.rate
      }
    case .passed:
      low = max(low ?? 0, probe.rate)
      if low == probe.rate { lowLength = length }
    case .missed: high = min(high ?? .infinity, probe.rate)
    case .aborted: return
    }
    length = 1
    defer { if low != nil, high != nil { length = max(1, thoroughness) } }
    // Noise can pass a rate above one that missed: the older of the two is doubted and looked at again.
    if let low, let high, low >= high {
      if probe.verdict == .passed {
        self.high = nil
      } else {
        self.low = probes.filter { $0.verdict == .passed && $0.rate < high }.map(\.rate).max()
      }
    }
    choose()
  }

  private mutating func choose() {
    if probes.count >= mostProbes {
      reason = .tooManyProbes
      return
    }
    switch (low, high) {
    case (let low?, let high?):
      if high / low < 1.3, lowLength < thoroughness {
        // It was passed by a glance on the way up: near the answer it has to pass as thoroughly as the others.
        next = low
      } else if high / low - 1 <= precision {
        // A single miss may have been the machine's hiccup: unless another one stands near it, it is looked at again. If
        // it passes now, the miss was none and the search goes on above.
        let near = probes.filter { $0.verdict != .passed && $0.verdict != .aborted && $0.rate <= high * 1.1 }
          .filter { $0.rate >= high }
        if near.count > 1 { reason = .converged } else { next = high }
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
}
