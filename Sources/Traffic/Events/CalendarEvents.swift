import Quantities

/// Events out of an iCalendar file (RFC 5545): days that move, times of day, what they lift.
///
/// An entry with the same summary at several dates is one event. `X-HEADROOM-LIFT:3` or `2..4` says what it lifts,
/// `X-HEADROOM-SHAPE:` how: `flat`, `ramp 30m 2h` (up, down), `decay 15m 3h` (up, half-life) or shares such as
/// `0.5,1,0.4`. Without a lift the one measured in the history counts, else that of the catalog's event of that name.
public struct CalendarEvents: Sendable {
  public private(set) var events: [Event] = []
  /// What was not understood or not known, as sentences.
  public private(set) var findings: [String] = []
  /// Names of events without a lift of their own.
  public private(set) var withoutLift: Set<String> = []

  /// Entries read, at most.
  static let mostEntries = 20_000

  private struct Entry {
    var summary = ""
    var start: (date: CivilDate, second: Int)?
    var end: (date: CivilDate, second: Int)?
    var isWholeDay = true
    var duration: Duration?
    var recurrence: CalendarRecurrence?
    var extra: [CivilDate] = []
    var except: [CivilDate] = []
    var lift: Estimate<Factor>?
    var shape = EventShape.flat
    var line = 0
  }

  /// - Parameters:
  ///   - text: the file's contents.
  ///   - range: the days for which repeating entries are written out.
  ///   - zone: the users' clock, to which times of day are brought.
  ///   - zones: finds a zone by name; a time of a zone that it does not know is taken for the users'.
  /// - Throws: a sentence with its remedy where the text is no calendar.
  public init(
    _ text: String, in range: ClosedRange<CivilDate>, zone: TimeZoneRules,
    zones: @escaping (String) -> TimeZoneRules? = { _ in nil }
  ) throws(CalendarError) {
    let lines = CalendarEvents.unfolded(text)
    guard lines.contains(where: { $0.text.uppercased() == "BEGIN:VCALENDAR" }) else {
      throw CalendarError(
        line: 1, problem: "this is no iCalendar file", remedy: "Give an .ics file, which begins with BEGIN:VCALENDAR.")
    }
    var entry: Entry?
    var depth = 0
    var entries: [Entry] = []
    for (text, number) in lines {
      let upper = text.uppercased()
      if upper == "BEGIN:VEVENT" {
        entry = Entry()
        entry?.line = number
      } else if upper == "END:VEVENT" {
        if let entry, entries.count < CalendarEvents.mostEntries { entries.append(entry) }
        entry = nil
      } else if entry != nil {
        // An alarm inside an entry has a start and a duration of its own.
        if upper.hasPrefix("BEGIN:") { depth += 1 }
        if depth == 0 { try CalendarEvents.read(text, number, (zone, zones), into: &entry, &findings) }
        if upper.hasPrefix("END:") { depth = max(0, depth - 1) }
      }
    }
    if entry != nil { findings.append("The last entry of the calendar has no END:VEVENT: it is left out.") }
    gather(entries, range)
  }

  private mutating func gather(_ entries: [Entry], _ range: ClosedRange<CivilDate>) {
    var order: [String] = []
    let counts = Dictionary(entries.map { ($0.summary, 1) }, uniquingKeysWith: +)
    var found: [String: (entry: Entry, dates: [CivilDate], rule: EventRule?)] = [:]
    for entry in entries {
      guard let start = entry.start else {
        findings.append("Line \(entry.line): the entry \"\(entry.summary)\" has no DTSTART: it is left out.")
        continue
      }
      let name = entry.summary.isEmpty ? "event of line \(entry.line)" : entry.summary
      let isPlain = entry.extra.isEmpty && entry.except.isEmpty && (counts[entry.summary] ?? 0) <= 1
      let rule = isPlain ? entry.recurrence?.rule(from: start.date) : nil
      var dates: [CivilDate] = []
      if rule == nil {
        dates = entry.recurrence?.dates(from: start.date, to: range.upperBound) ?? [start.date]
        dates = (dates + entry.extra).filter { !entry.except.contains($0) }
      }
      if let known = found[name] {
        found[name] = (known.entry.lift == nil ? entry : known.entry, known.dates + dates, nil)
      } else {
        order.append(name)
        found[name] = (entry, dates, rule)
      }
    }
    for name in order {
      guard let (entry, dates, rule) = found[name], let start = entry.start else { continue }
      var length = entry.duration ?? (entry.isWholeDay ? .days(1) : .hours(1))
      if entry.duration == nil, let end = entry.end {
        length = .seconds(Double((end.date - start.date) * 86_400 + end.second - start.second))
      }
      guard length > .zero else {
        findings.append("Line \(entry.line): \"\(name)\" ends before it begins: it is left out.")
        continue
      }
      // Known lists only: days beyond the range say nothing.
      let within = dates.sorted().filter { $0 >= range.lowerBound - 400 && $0 <= range.upperBound }
      guard rule != nil || !within.isEmpty else { continue }
      let catalog = EventCatalog.all.first { $0.name.lowercased() == name.lowercased() }
      if entry.lift == nil, catalog == nil { withoutLift.insert(name) }
      events.append(
        Event(
          name: name, when: rule ?? .dates(within), duration: length,
          lift: entry.lift ?? catalog?.lift ?? Estimate(exactly: Factor(rawValue: 1)), shape: entry.shape,
          startsAt: .seconds(Double(start.second)), isAssumption: entry.lift == nil, source: "calendar"))
    }
  }

  // MARK: - Lines

  /// Lines with their numbers; one that begins with a blank continues the one before (section 3.1).
  private static func unfolded(_ text: String) -> [(text: String, number: Int)] {
    var result: [(text: String, number: Int)] = []
    var number = 0
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: { $0.isNewline }) {
      number += 1
      if let first = line.first, first == " " || first == "\t", !result.isEmpty {
        result[result.count - 1].text += line.dropFirst()
      } else if !line.isEmpty {
        result.append((String(line), number))
      }
    }
    return result
  }

  private static func read(
    _ line: String, _ number: Int, _ clocks: (zone: TimeZoneRules, named: (String) -> TimeZoneRules?),
    into entry: inout Entry?, _ findings: inout [String]
  ) throws(CalendarError) {
    guard let colon = colon(line) else { return }
    let head = line[..<colon].split(separator: ";").map { String($0) }
    let value = line[line.index(after: colon)...]
    guard let name = head.first?.uppercased() else { return }
    func moment(_ text: Substring) throws(CalendarError) -> (date: CivilDate, second: Int, isDay: Bool) {
      guard let moment = CalendarEvents.moment(text, parameters: head.dropFirst(), clocks) else {
        throw CalendarError(
          line: number, problem: "'\(text)' is no date", remedy: "Write 20261127, or 20261127T180000 with a time.")
      }
      return moment
    }
    switch name {
    case "SUMMARY":
      entry?.summary = String(value).replacing("\\,", with: ",").replacing("\\;", with: ";").replacing("\\n", with: " ")
    case "DTSTART":
      let at = try moment(value)
      entry?.start = (at.date, at.second)
      entry?.isWholeDay = at.isDay
    case "DTEND":
      let at = try moment(value)
      entry?.end = (at.date, at.second)
    case "DURATION":
      guard let duration = CalendarEvents.duration(value) else {
        throw CalendarError(line: number, problem: "'\(value)' is no duration", remedy: "Write PT2H or P3D.")
      }
      entry?.duration = duration
    case "RRULE":
      entry?.recurrence = CalendarRecurrence(value)
      if entry?.recurrence == nil {
        findings.append("Line \(number): the rule '\(value)' is not understood: only the first date counts.")
      }
    case "RDATE", "EXDATE":
      for item in value.split(separator: ",") {
        let at = try moment(item)
        if name == "RDATE" { entry?.extra.append(at.date) } else { entry?.except.append(at.date) }
      }
    case "X-HEADROOM-LIFT":
      guard let lift = CalendarEvents.lift(value) else {
        throw CalendarError(
          line: number, problem: "'\(value)' is no lift", remedy: "Write X-HEADROOM-LIFT:3, or 2..4 for a range.")
      }
      entry?.lift = lift
    case "X-HEADROOM-SHAPE":
      guard let shape = CalendarEvents.shape(value) else {
        throw CalendarError(
          line: number, problem: "'\(value)' is no shape",
          remedy: "Write flat, 'ramp 30m 2h' (up, down), 'decay 15m 3h' (up, half-life), or shares as 0.5,1,0.4.")
      }
      entry?.shape = shape
    default: return
    }
  }

  /// The colon that ends the name; one inside quotes belongs to a parameter.
  private static func colon(_ line: String) -> String.Index? {
    var isQuoted = false
    for i in line.indices {
      if line[i] == "\"" { isQuoted.toggle() }
      if line[i] == ":", !isQuoted { return i }
    }
    return nil
  }

  // MARK: - Values

  static func date(_ text: some StringProtocol) -> CivilDate? {
    guard text.count == 8, text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(text) else { return nil }
    return CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
  }

  private static func moment(
    _ text: some StringProtocol, parameters: ArraySlice<String>,
    _ clocks: (zone: TimeZoneRules, named: (String) -> TimeZoneRules?)
  ) -> (date: CivilDate, second: Int, isDay: Bool)? {
    guard let day = date(text.prefix(8)) else { return nil }
    guard text.count > 8 else { return (day, 0, true) }
    let rest = text.dropFirst(8)
    guard rest.first == "T", rest.count == 7 || (rest.count == 8 && rest.last == "Z"),
      let clock = Int(rest.dropFirst().prefix(6)), clock >= 0, clock / 10_000 < 24, clock / 100 % 100 < 60,
      clock % 100 <= 60
    else { return nil }
    let second = clock / 10_000 * 3600 + clock / 100 % 100 * 60 + min(clock % 100, 59)
    var own: TimeZoneRules?
    if rest.last == "Z" { own = .utc }
    for parameter in parameters where parameter.uppercased().hasPrefix("TZID=") {
      own = clocks.named(String(parameter.dropFirst(5).filter { $0 != "\"" }))
    }
    guard let own else { return (day, second, false) }
    let local = clocks.zone.local(own.time(of: day, secondOfDay: second))
    return (local.date, local.secondOfDay, false)
  }

  /// `P1DT2H30M`, `P2W`.
  static func duration(_ text: some StringProtocol) -> Duration? {
    var seconds = 0.0
    var digits = ""
    var isTime = false
    guard text.first == "P" || text.hasPrefix("+P") else { return nil }
    for c in text.drop(while: { $0 != "P" }).dropFirst() {
      if c.isASCII, c.isNumber {
        digits.append(c)
        continue
      }
      if c == "T", digits.isEmpty {
        isTime = true
        continue
      }
      guard let number = Double(digits), number < 1e6 else { return nil }
      switch (c, isTime) {
      case ("W", false): seconds += number * 604_800
      case ("D", false): seconds += number * 86_400
      case ("H", true): seconds += number * 3600
      case ("M", true): seconds += number * 60
      case ("S", true): seconds += number
      default: return nil
      }
      digits = ""
    }
    return digits.isEmpty && seconds > 0 ? .seconds(seconds) : nil
  }

  /// `3`, `2..4`.
  static func lift(_ text: some StringProtocol) -> Estimate<Factor>? {
    let parts = String(text).replacing("..", with: "|").split(separator: "|", omittingEmptySubsequences: false)
      .map { part in Double(String(part.filter { !$0.isWhitespace })) }
    let known = parts.compactMap { $0 }.filter { $0.isFinite && $0 >= 0 && $0 <= 1e6 }
    guard known.count == parts.count, let low = known.first, let high = known.last, low <= high else { return nil }
    switch known.count {
    case 1: return Estimate(exactly: Factor(rawValue: low))
    case 2:
      // The middle of a lift is that of its logarithm, unless it can vanish.
      let mid = low > 0 ? (low * high).squareRoot() : high / 2
      return Estimate(low: Factor(rawValue: low), mid: Factor(rawValue: mid), high: Factor(rawValue: high))
    default: return nil
    }
  }

  static func shape(_ text: some StringProtocol) -> EventShape? {
    let words = text.split(separator: " ")
    guard let kind = words.first?.lowercased() else { return nil }
    let lengths = words.dropFirst().compactMap { try? Duration.parse(String($0)) }
    switch (kind, lengths.count) {
    case ("flat", 0) where words.count == 1: return .flat
    case ("ramp", 2): return .ramp(up: lengths[0], down: lengths[1])
    case ("decay", 2): return lengths[1] > .zero ? .decay(up: lengths[0], halfLife: lengths[1]) : nil
    default:
      let items = text.split(separator: ",")
      let shares = items.compactMap { item in Double(String(item.filter { !$0.isWhitespace })) }.filter {
        $0.isFinite && $0 >= 0
      }
      return shares.count == items.count && !shares.isEmpty ? .parts(shares) : nil
    }
  }
}

/// What is wrong with a calendar, where, and what to do.
public struct CalendarError: Error, Hashable, Sendable {
  public let line: Int
  public let problem: String
  public let remedy: String
}
