import Quantities

/// The shape of a week (or of a day) as multiples of its mean, by slot of local time.
public struct SeasonalProfile: Hashable, Sendable {
  /// How fine a shape the history allowed.
  public enum Kind: String, Sendable { case weekly, daily, flat }

  public let kind: Kind
  /// Length of a slot in seconds; divides a day.
  public let slotSeconds: Int
  /// Multiples of the mean by slot: Monday's midnight first for a weekly shape, midnight first for a daily one,
  /// a single 1 for a flat one. Their mean is 1.
  public let multiples: [Double]

  /// Slots to a day.
  public var slotsPerDay: Int { 86400 / slotSeconds }

  static let flat = SeasonalProfile(kind: .flat, slotSeconds: 86400, multiples: [1])

  /// The multiple at a local time; times between the middles of two slots lie on the line between them where the
  /// series is finer than the slots.
  ///
  /// - Parameters:
  ///   - second: seconds after local midnight of the step's start.
  ///   - stepSeconds: length of the step.
  func multiple(weekday: Int, second: Int, stepSeconds: Double) -> Double {
    guard kind != .flat else { return 1 }
    let base = kind == .weekly ? weekday * slotsPerDay : 0
    if stepSeconds * 1.5 > Double(slotSeconds) { return multiples[base + min(slotsPerDay - 1, second / slotSeconds)] }
    let position = (Double(second) + stepSeconds / 2) / Double(slotSeconds) - 0.5
    let below = position.rounded(.down)
    let share = position - below
    let n = multiples.count
    let i = (base + Int(below) + n) % n
    return multiples[i] + (multiples[(i + 1) % n] - multiples[i]) * share
  }

  /// The multiples of every step of a clock.
  func multiples(of clock: LocalClock, stepSeconds: Double) -> [Double] {
    guard kind != .flat else { return [Double](repeating: 1, count: clock.day.count) }
    let firstWeekday = clock.firstDate.weekday.rawValue
    var result = [Double](repeating: 0, count: clock.day.count)
    for i in result.indices {
      result[i] = multiple(
        weekday: (firstWeekday + Int(clock.day[i])) % 7, second: Int(clock.second[i]), stepSeconds: stepSeconds)
    }
    return result
  }
}
