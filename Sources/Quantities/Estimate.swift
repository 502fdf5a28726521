/// A quantity that is not known exactly: a low, a middle and a high value with the probability that the truth
/// lies between low and high. Every planning input accepts one; a plain number is a certain estimate.
public struct Estimate<Value: Quantity>: Hashable, Sendable {
  public let low: Value
  public let mid: Value
  public let high: Value
  /// The probability that the truth lies in `low...high`: 0.8 means 10 % below and 10 % above.
  public let confidence: Double

  /// - Precondition: low <= mid <= high and 0 < confidence <= 1.
  public init(low: Value, mid: Value, high: Value, confidence: Double = 0.8) {
    precondition(low <= mid && mid <= high, "an estimate needs low <= mid <= high")
    precondition(confidence > 0 && confidence <= 1, "a confidence lies in (0, 1]")
    self.low = low
    self.mid = mid
    self.high = high
    self.confidence = confidence
  }
  /// An estimate without doubt.
  public init(exactly value: Value) {
    low = value
    mid = value
    high = value
    confidence = 1
  }
  public var isCertain: Bool { low == high }

  /// The estimate under a monotone function: quantiles keep their rank, and under a falling one low and high
  /// change places.
  public func mapped<Other: Quantity>(_ monotone: (Value) -> Other) -> Estimate<Other> {
    let (l, m, h) = (monotone(low), monotone(mid), monotone(high))
    return Estimate<Other>(low: min(l, m, h), mid: m, high: max(l, m, h), confidence: confidence)
  }

  /// The value below which the truth lies with probability `p`, by a two-piece normal: on each side of the mid
  /// a normal distribution whose spread puts `low` and `high` at their ranks.
  public func quantile(_ p: Double) -> Value {
    guard !isCertain, p > 0, p < 1 else { return isCertain || p <= 0 ? low : high }
    let edge = Statistics.normalQuantile(0.5 + min(confidence, 0.999_999) / 2)
    let z = Statistics.normalQuantile(p)
    let side = z < 0 ? mid.rawValue - low.rawValue : high.rawValue - mid.rawValue
    return Value(rawValue: mid.rawValue + z / edge * side)
  }

  /// The probability that the truth exceeds a value, by the same two-piece normal.
  public func probability(above value: Value) -> Double {
    let edge = Statistics.normalQuantile(0.5 + min(confidence, 0.999_999) / 2)
    let excess = value.rawValue - mid.rawValue
    let side = excess < 0 ? mid.rawValue - low.rawValue : high.rawValue - mid.rawValue
    if side <= 0 { return excess >= 0 ? 0 : 1 }
    return 1 - Statistics.normalCumulative(excess / side * edge)
  }
}

extension Estimate: CustomStringConvertible {
  public var description: String { isCertain ? "\(mid)" : "\(mid) (\(low) to \(high))" }
}
