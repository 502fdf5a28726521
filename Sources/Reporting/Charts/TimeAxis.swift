import Quantities

/// Ticks of a time axis at round civil times of a zone: midnights, Mondays, firsts of the month.
public struct TimeAxis: Sendable {
  public struct Tick: Sendable, Hashable {
    public var time: Timestamp
    public var label: String
  }
  public let ticks: [Tick]

  private enum Step {
    case minutes(Int), hours(Int), days(Int), months(Int)

    /// Rough length in seconds.
    var length: Double {
      switch self {
      case .minutes(let n): Double(n) * 60
      case .hours(let n): Double(n) * 3600
      case .days(let n): Double(n) * 86400
      case .months(let n): Double(n) * 2_629_746
      }
    }
  }

  private static let steps: [Step] = [
    .minutes(5), .minutes(15), .minutes(30), .hours(1), .hours(2), .hours(3), .hours(6), .hours(12), .days(1), .days(2),
    .days(7), .days(14), .months(1), .months(2), .months(3), .months(6), .months(12), .months(24), .months(60),
    .months(120), .months(600), .months(1200),
  ]

  /// - Parameters:
  ///   - count: the most ticks that have room.
  ///   - zone: whose midnights and Mondays are round.
  public init(from start: Timestamp, to end: Timestamp, atMost count: Int, zone: TimeZoneRules) {
    let span = (end - start).seconds
    guard span > 0 else {
      ticks = []
      return
    }
    let room = Double(max(2, count))
    let step = TimeAxis.steps.first { span / $0.length <= room } ?? .months(12_000)
    var result: [Tick] = []
    func add(_ date: CivilDate, _ second: Int, _ label: String) {
      let time = zone.time(of: date, secondOfDay: second)
      if time >= start, time <= end, result.last.map({ $0.time < time }) ?? true {
        result.append(Tick(time: time, label: label))
      }
    }
    let first = zone.local(start).date
    let last = zone.local(end).date
    switch step {
    case .minutes, .hours:
      let seconds = Int(step.length)
      for day in first.daysSinceEpoch...last.daysSinceEpoch {
        let date = CivilDate(daysSinceEpoch: day)
        for second in stride(from: 0, to: 86400, by: seconds) {
          add(date, second, second == 0 ? date.short : TimeAxis.clock(second))
        }
      }
    case .days(let n):
      // Weeks and fortnights stand on Mondays; pairs of days count from the epoch.
      let anchor = n >= 7 ? -3 : 0
      let width = n
      var day = first.daysSinceEpoch
      day += ((anchor - day) % width + width) % width
      while day <= last.daysSinceEpoch {
        let date = CivilDate(daysSinceEpoch: day)
        add(date, 0, span < 15 * 86400 ? date.short : TimeAxis.dayAndMonth(date))
        day += width
      }
    case .months(let n):
      var month = first.year * 12 + first.month - 1
      month += ((-month) % n + n) % n
      while month <= last.year * 12 + last.month - 1 {
        let (year, index) = ((month >= 0 ? month : month - 11) / 12, ((month % 12) + 12) % 12)
        if let date = CivilDate(year: year, month: index + 1, day: 1) {
          let name = monthNames[index].prefix(3)
          add(date, 0, n >= 12 ? "\(year)" : index == 0 || result.isEmpty ? "\(name) \(year)" : "\(name)")
        }
        month += n
      }
    }
    ticks = result
  }

  /// `18:00`.
  static func clock(_ secondOfDay: Int) -> String {
    let (h, m) = (secondOfDay / 3600, secondOfDay / 60 % 60)
    return (h < 10 ? "0" : "") + "\(h):" + (m < 10 ? "0" : "") + "\(m)"
  }

  /// `24 Nov`.
  static func dayAndMonth(_ date: CivilDate) -> String { "\(date.day) \(monthNames[date.month - 1].prefix(3))" }
}
