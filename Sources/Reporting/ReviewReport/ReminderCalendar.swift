import Planning
import Quantities

/// What is due, and the reviews themselves, as an iCalendar file (RFC 5545): events that last a day, with a reminder the day
/// before.
public struct ReminderCalendar: Sendable {
  struct Entry {
    /// The same for the same thing, so that a calendar that is read again changes and does not double.
    var id: String
    var day: CivilDate
    var title: String
    var text: String
    /// `FREQ=WEEKLY`.
    var rule: String?
  }
  private(set) var entries: [Entry] = []
  private let stamp: Timestamp
  private let name: String

  /// - Parameters:
  ///   - name: the calendar's name, the plan's.
  ///   - stamp: when it was made.
  public init(name: String, stamp: Timestamp) {
    self.name = name
    self.stamp = stamp
  }

  /// The reviews of a cadence, from its next day on.
  public mutating func add(_ cadence: ReviewCadence, from today: CivilDate, command: String) {
    let rule: String
    let day: CivilDate
    switch cadence {
    case .weekly:
      // The next Monday.
      day = today + (7 - today.weekday.rawValue)
      rule = "FREQ=WEEKLY"
    case .monthly:
      day = Self.first(after: today, months: 1)
      rule = "FREQ=MONTHLY;BYMONTHDAY=1"
    case .quarterly:
      day = Self.first(after: today, months: 3)
      rule = "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1"
    case .annual:
      day = Self.first(after: today, months: 12)
      rule = "FREQ=YEARLY"
    }
    entries.append(
      Entry(
        id: "review-\(cadence.rawValue)", day: day, title: "\(name): \(cadence.rawValue) capacity review",
        text: command,
        rule: rule))
  }

  /// The first of the month that begins so many months on.
  private static func first(after day: CivilDate, months: Int) -> CivilDate {
    let month = day.month - 1 + months
    return CivilDate(year: day.year + month / 12, month: month % 12 + 1, day: 1) ?? day + 30 * months
  }

  /// What a service's plan asks for by a day: findings, preparations of events, drills.
  public mutating func add(_ outcome: PlanOutcome, named service: String) {
    let today = outcome.plan.zone.local(outcome.now).date
    for finding in outcome.findings {
      guard let by = finding.by, finding.severity <= .change else { continue }
      let words = finding.words
      entries.append(
        Entry(
          id: "\(service)-\(finding.code)-\(entries.count { $0.id.hasPrefix("\(service)-\(finding.code)-") })", day: by,
          title: "\(service): \(words.what)",
          text: Wording.sentences([words.because, words.remedy])))
    }
    for event in outcome.demand.events {
      for milestone in EventMilestone.allCases {
        let day = milestone.date(in: event.dates)
        guard day >= today else { continue }
        entries.append(
          Entry(
            id: "\(service)-\(event.name)-\(milestone)", day: day, title: "\(service): \(milestone.task) \(event.name)",
            text: "\(event.name) begins on \(event.start.long); expected \(event.peak.mid)."))
      }
    }
    for drill in outcome.recovery.drills {
      entries.append(
        Entry(
          id: "\(service)-drill-\(drill.region)-\(drill.date)", day: drill.date,
          title: "\(service): \(drill.kind.rawValue)\(drill.region.isEmpty ? "" : " \(drill.region)")",
          text: drill.last.map { "Last on \($0.long)." } ?? "It was never done."))
    }
  }

  public var text: String {
    var lines = [
      "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//headroom//reminders//EN", "CALSCALE:GREGORIAN",
      "X-WR-CALNAME:\(Self.escaped(name)) capacity",
    ]
    for entry in entries.sorted(by: { ($0.day, $0.id) < ($1.day, $1.id) }) {
      lines += [
        "BEGIN:VEVENT", "UID:\(Self.id(entry.id))@\(Self.id(name)).headroom", "DTSTAMP:\(Self.moment(stamp))",
        "DTSTART;VALUE=DATE:\(Self.day(entry.day))", "DTEND;VALUE=DATE:\(Self.day(entry.day + 1))",
        "SUMMARY:\(Self.escaped(entry.title))",
      ]
      if !entry.text.isEmpty { lines.append("DESCRIPTION:\(Self.escaped(entry.text))") }
      if let rule = entry.rule { lines.append("RRULE:\(rule)") }
      lines += [
        "TRANSP:TRANSPARENT", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-P1D",
        "DESCRIPTION:\(Self.escaped(entry.title))", "END:VALARM", "END:VEVENT",
      ]
    }
    lines.append("END:VCALENDAR")
    return lines.map { Self.folded($0) + "\r\n" }.joined()
  }

  // MARK: RFC 5545

  private static func day(_ date: CivilDate) -> String { date.description.filter { $0 != "-" } }

  private static func moment(_ time: Timestamp) -> String {
    let (date, second) = TimeZoneRules.utc.local(time)
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    return "\(day(date))T\(two(second / 3600))\(two(second / 60 % 60))\(two(second % 60))Z"
  }

  /// Text of section 3.3.11: backslashes, semicolons, commas and line breaks are escaped.
  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing(";", with: "\\;").replacing(",", with: "\\,")
      .replacing("\r", with: "").replacing("\n", with: "\\n")
  }

  private static func id(_ text: String) -> String {
    String(text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
  }

  /// Section 3.1: no line is longer than 75 octets, and none is cut within a character.
  private static func folded(_ line: String) -> String {
    var result = ""
    var length = 0
    for character in line {
      let size = character.utf8.count
      if length + size > 75 {
        result += "\r\n "
        length = 1
      }
      result.append(character)
      length += size
    }
    return result
  }
}
