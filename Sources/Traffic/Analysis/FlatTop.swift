import Quantities

/// Demand that stands flat at its highest: something cuts it off, as a rate limiter or a full fleet does.
///
/// The steps pile up within a hundredth of the top: five times as many as in the hundredth below, six and one in a hundred at
/// least, on three days. Where a smooth curve turns there are 2.4 times as many (the curve is a parabola), with noise fewer.
public struct FlatTop: Hashable, Sendable {
  /// Where demand is cut off.
  public let rate: RequestRate
  /// Steps that stand there, and days that have some.
  public let steps: Int
  public let days: Int
  /// What the highest step would have been, by the shape of what was not cut off; nil where the hours at the top were cut
  /// off on every day, so that nothing says how high they reach.
  public let unmet: RequestRate?

  static let width = 0.01
  static let leastPile = 5
  static let (leastSteps, leastShare, leastDays) = (6, 0.01, 3)
  /// Cut off for longer, the series has no shape of its own left.
  static let mostShare = 0.6

  public init(rate: RequestRate, steps: Int, days: Int, unmet: RequestRate?) {
    (self.rate, self.steps, self.days, self.unmet) = (rate, steps, days, unmet)
  }

  /// No step is put back at more than this many times the limit: beyond it a shape of few open hours says nothing.
  static let mostRestored = 4.0

  /// Finds one.
  ///
  /// - Returns: it, and the history with what was cut off put back, so far as that can be told; nil where it cannot.
  static func find(in fit: SeasonalFit) -> (top: FlatTop, whole: TimeSeries<RequestRate>?)? {
    let values = fit.series.rawValues
    guard fit.clock.hasDays, let top = values.filter({ !$0.isNaN }).max(), top > 0 else { return nil }
    let known = values.count { !$0.isNaN }
    let at = values.indices.filter { values[$0] >= (1 - FlatTop.width) * top }
    let below = values.count { $0 >= (1 - 2 * FlatTop.width) * top } - at.count
    let days = Set(at.map { fit.clock.day[$0] }).count
    guard at.count >= max(FlatTop.leastSteps, Int(FlatTop.leastShare * Double(known))), days >= FlatTop.leastDays,
      at.count >= FlatTop.leastPile * max(1, below), Double(at.count) <= FlatTop.mostShare * Double(known)
    else { return nil }
    // What the uncut steps say of the cut ones: their shape and the level of their own day.
    var open = values
    for i in at { open[i] = .nan }
    let rest = SeasonalFit(of: fit.series.with(rawValues: open), zone: fit.zone, events: [])
    let slots = Int(86400 / fit.stepSeconds)
    var seen = [Int](repeating: 0, count: max(1, slots))
    for i in values.indices where !open[i].isNaN {
      seen[min(slots - 1, Int(Double(fit.clock.second[i]) / fit.stepSeconds))] += 1
    }
    let told = at.filter { seen[min(slots - 1, Int(Double(fit.clock.second[$0]) / fit.stepSeconds))] >= 3 }
    var whole = values
    var highest = top
    for i in told {
      let level = rest.dayLevel[Int(fit.clock.day[i])]
      guard level > 0 else { continue }
      let asked = min(level * rest.shape[i], FlatTop.mostRestored * top)
      highest = max(highest, asked)
      whole[i] = max(values[i], asked)
    }
    let isTold = told.count * 2 >= at.count && highest > top
    let found = FlatTop(
      rate: RequestRate(rawValue: top), steps: at.count, days: days,
      unmet: isTold ? RequestRate(rawValue: highest) : nil)
    return (found, isTold ? fit.series.with(rawValues: whole) : nil)
  }

  var sentence: String {
    let estimate =
      unmet.map { "by what was not cut off the highest step would have been \($0), and the forecast counts that" }
      ?? "how much was turned away is not in the data: count rejected requests too, or say it by an event or growth"
    return "Demand stands flat at \(rate) in \(steps) steps on \(days) days: something cuts it off; \(estimate)."
  }
}
