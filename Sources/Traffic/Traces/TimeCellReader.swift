import Documents
import Quantities

/// Reads the time of each row in the form that a ``TimeForm`` says; without one, ISO 8601 and other text, or seconds,
/// milliseconds, microseconds or nanoseconds since 1970, told apart by their size, as the first cell has it.
///
/// Times with and without a zone in one file are an error: nobody can say how they stand to each other. Where the clock
/// shows an hour twice, the second time is that which follows the first.
public struct TimeCellReader {
  private let file: String?
  private let zone: TimeZoneRules
  private let form: TimeForm?
  private let isDescending: Bool
  /// The last time read, for hours that the clock shows twice.
  private var previous: Int64?
  /// The unit of times that are numbers, once one was seen.
  private(set) var epoch: TimeForm.EpochUnit?
  private var naiveLine: Int?
  private var zonedLine: Int?
  private var isoLine: Int?
  private var numberLine: Int?
  private var currentZone = Timestamp.Zone.utc
  private var currentCount = 0
  private var zoneCounts: [Timestamp.Zone: Int] = [:]
  private var cachedDay = Int64.min
  private var cachedOffset: Int64?
  private var bad: [Diagnostic] = []
  private var badCount = 0

  /// - Parameters:
  ///   - form: how times are written; nil where the first cell says it.
  ///   - isDescending: whether the newest comes first.
  public init(file: String?, zone: TimeZoneRules, form: TimeForm? = nil, isDescending: Bool = false) {
    self.file = file
    self.zone = zone
    self.form = form
    self.isDescending = isDescending
    if case .epoch(let unit)? = form { epoch = unit }
  }

  /// The time of a cell, or nil (and a diagnostic) where it is none.
  public mutating func read(_ cell: UnsafeRawBufferPointer, line: Int) -> Timestamp? {
    let bytes = TimeCellReader.trimmed(cell)
    switch form {
    case nil, .text?, .ordered?:
      if let (time, written) = Timestamp.parse(iso8601: bytes), bytes.count != 8 || epoch == nil {
        return placed(time, written, line)
      }
    case .epoch?: break
    case .digits?, .month?, .year?, .week?, .spreadsheet?:
      if let number = TimeCellReader.number(bytes, comma: form == .spreadsheet),
        let time = form?.time(number: number.whole, fraction: number.fraction)
      {
        return placed(time, .none, line)
      }
      reject(bytes, line)
      return nil
    }
    if form == nil || epoch != nil, let number = TimeCellReader.number(bytes) {
      if numberLine == nil { numberLine = line }
      return read(number: number.whole, fraction: number.fraction, line: line)
    }
    if epoch == nil || form == nil {
      var order: DateOrder?
      if case .ordered(let said)? = form { order = said }
      if let text = DateText(String(decoding: bytes, as: UTF8.self), order: order) {
        if let shared = text.shared, text.open == nil || order != nil {
          // Which of the zones of that name is meant is known where the users' own clock is one of them.
          let own = shared.offsets.filter { zone.offset(at: text.time - .seconds(Int64($0))) == $0 }
          if own.count == 1 {
            return placed(text.time - .seconds(Int64(own[0])), .offset(seconds: own[0]), line)
          }
          problem(
            "'\(shared.name)' is the name of several zones: \(shared.places.joined(separator: ", "))", line,
            help:
              "say which is meant, as --zone \(shared.examples[0]) (in a plan: zone: \(shared.examples[0])), or write offsets"
          )
          return nil
        }
        if text.open == nil || order != nil { return placed(text.time, text.zone, line) }
        problem(
          "whether day or month comes first in '\(String(decoding: bytes.prefix(40), as: UTF8.self))' cannot be told",
          line,
          help: "say --dates day-first or --dates month-first (in a plan: dates: day-first)")
        return nil
      }
    }
    reject(bytes, line)
    return nil
  }

  /// A time as written, on the one time line.
  private mutating func placed(_ time: Timestamp, _ written: Timestamp.Zone, _ line: Int) -> Timestamp {
    if isoLine == nil { isoLine = line }
    if written == currentZone { currentCount += 1 } else { flush(next: written) }
    guard written == .none else {
      if zonedLine == nil { zonedLine = line }
      return time
    }
    if naiveLine == nil { naiveLine = line }
    return local(time)
  }

  /// The time that a number stands for, or nil (and a diagnostic) where its size does not fit those before it.
  mutating func read(number whole: Int64, fraction: Double, line: Int) -> Timestamp? {
    let unit = TimeForm.EpochUnit(magnitude: Double(whole))
    guard form == nil || whole.magnitude >= TimeForm.leastEpoch.magnitude else {
      problem(
        "\(whole) is no time", line,
        help: "numbers are seconds since 1970 or YYYYMMDD, YYYYMMDDHH and so on; where steps are only counted, "
          + "'headroom forecast --step COLUMN' takes them")
      return nil
    }
    if let epoch, epoch != unit, form != nil || abs(Double(whole)) > 1e6 {
      problem(
        "the time \(whole) looks like \(unit.rawValue), those above like \(epoch.rawValue)", line,
        help: "write all times in one unit")
      return nil
    }
    let scale = (epoch ?? unit).scale
    epoch = epoch ?? unit
    let (scaled, overflow) = whole.multipliedReportingOverflow(by: Int64(scale))
    let (sum, overflow2) = scaled.addingReportingOverflow(Int64((fraction * scale).rounded()))
    if overflow || overflow2 {
      problem("the time \(whole) is out of range", line, help: "correct it")
      return nil
    }
    return Timestamp(nanosecondsSinceEpoch: sum)
  }

  /// How many cells were no times, and the first lines with what is wrong.
  var unread: (count: Int, first: [Diagnostic]) { (badCount, bad) }

  /// What was wrong with the times.
  public mutating func problems() -> Diagnostics {
    var all = Diagnostics(bad)
    if badCount > bad.count {
      all.append(.error("\(badCount - bad.count) more times could not be read", at: nil))
    }
    if let naiveLine, let zonedLine {
      let (first, second) = (min(naiveLine, zonedLine), max(naiveLine, zonedLine))
      all.append(
        .error(
          "times with and without a zone are mixed: line \(first) has \(first == naiveLine ? "none" : "one"), line "
            + "\(second) has \(second == naiveLine ? "none" : "one")",
          at: SourceLocation(file: file, line: second, column: 1), help: "write a zone (Z, +02:00) behind every time"))
    }
    if let isoLine, let numberLine {
      all.append(
        .error(
          "times are written as dates (line \(isoLine)) and as numbers (line \(numberLine))",
          at: SourceLocation(file: file, line: max(isoLine, numberLine), column: 1), help: "write all in one form"))
    }
    return all
  }

  /// Zones as written, each with its rows.
  mutating func zones() -> [String: Int] {
    flush(next: currentZone)
    var result: [String: Int] = [:]
    for (zone, count) in zoneCounts { result[TimeCellReader.name(zone), default: 0] += count }
    return result
  }

  private mutating func flush(next: Timestamp.Zone) {
    if currentCount > 0 { zoneCounts[currentZone, default: 0] += currentCount }
    currentCount = next == currentZone ? 0 : 1
    currentZone = next
  }

  private static func name(_ zone: Timestamp.Zone) -> String {
    switch zone {
    case .none: return "none"
    case .utc: return "UTC"
    case .offset(let seconds):
      func two(_ n: Int) -> String { (n < 10 ? "0" : "") + String(n) }
      let minutes = abs(seconds) / 60
      return (seconds < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60)
    }
  }

  /// A time without a zone on the users' clock. Days without a change of the clock around them need one look-up.
  private mutating func local(_ naive: Timestamp) -> Timestamp {
    if zone == .utc { return naive }
    let day = floorDivide(naive.nanosecondsSinceEpoch, 86_400_000_000_000)
    if day != cachedDay {
      cachedDay = day
      let before = zone.offset(at: naive - .days(2))
      let after = zone.offset(at: naive + .days(2))
      cachedOffset = before == after ? Int64(before) : nil
    }
    if let cachedOffset {
      let time = naive.nanosecondsSinceEpoch - cachedOffset * 1_000_000_000
      previous = time
      return Timestamp(nanosecondsSinceEpoch: time)
    }
    let (date, second) = naive.utc
    let within = naive - (date.midnightUTC + .seconds(second))
    var time = zone.time(of: date, secondOfDay: second) + within
    // An hour that the clock shows twice: the second time where the first has been, read in the order of the rows.
    let back = zone.offset(at: time) - zone.offset(at: time + .hours(3))
    if back > 0 {
      let later = time + .seconds(back)
      if zone.offset(at: later) == zone.offset(at: time) - back {
        let hasBeen = previous.map { $0 >= time.nanosecondsSinceEpoch } ?? false
        let isStill = previous.map { $0 <= later.nanosecondsSinceEpoch } ?? false
        if isDescending ? !isStill : hasBeen { time = later }
      }
    }
    previous = time.nanosecondsSinceEpoch
    return time
  }

  // MARK: - Cells

  private mutating func reject(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Int) {
    if bytes.isEmpty {
      problem("the row has no time", line, help: "give every row a time, or remove it")
      return
    }
    let text = String(decoding: bytes.prefix(40), as: UTF8.self)
    let help = form.map { $0 == .text ? "" : "the column was read as \($0.title); " } ?? ""
    problem("'\(text)' is not a time", line, help: help + "write 2026-11-27T08:00:00Z, or seconds since 1970")
  }

  private mutating func problem(_ message: String, _ line: Int, help: String) {
    badCount += 1
    guard bad.count < 5 else { return }
    bad.append(.error(message, at: SourceLocation(file: file, line: line, column: 1), help: help))
  }

  static func trimmed(_ cell: UnsafeRawBufferPointer) -> UnsafeBufferPointer<UInt8> {
    let bytes = cell.bindMemory(to: UInt8.self)
    var (from, to) = (0, bytes.count)
    while from < to, bytes[from] == 32 || bytes[from] == 9 { from += 1 }
    while to > from, bytes[to - 1] == 32 || bytes[to - 1] == 9 { to -= 1 }
    return UnsafeBufferPointer(rebasing: bytes[from..<to])
  }

  /// A decimal number, its whole part exact: a `Double` holds nanoseconds of today only to 256.
  static func number(
    _ bytes: UnsafeBufferPointer<UInt8>, comma: Bool = false
  ) -> (whole: Int64, fraction: Double)? {
    var p = 0
    let isNegative = bytes.first == 45
    if isNegative { p = 1 }
    var whole: Int64 = 0
    var digits = 0
    while p < bytes.count, (48...57).contains(bytes[p]) {
      digits += 1
      guard digits <= 19 else { return nil }
      let (ten, o1) = whole.multipliedReportingOverflow(by: 10)
      let (sum, o2) = ten.addingReportingOverflow(Int64(bytes[p]) - 48)
      if o1 || o2 { return nil }
      whole = sum
      p += 1
    }
    guard digits > 0 else { return nil }
    var fraction = 0.0
    if p < bytes.count, bytes[p] == 46 || comma && bytes[p] == 44 {
      p += 1
      var scale = 0.1
      while p < bytes.count, (48...57).contains(bytes[p]) {
        fraction += Double(bytes[p] - 48) * scale
        scale /= 10
        p += 1
      }
    }
    // 1.7e9 is how some spreadsheets write a time.
    if p < bytes.count, bytes[p] == 101 || bytes[p] == 69, let value = Double(String(decoding: bytes, as: UTF8.self)),
      abs(value) < 9e18
    {
      let down = value.rounded(.towardZero)
      return (Int64(down), value - down)
    }
    guard p == bytes.count else { return nil }
    return isNegative ? (-whole, -fraction) : (whole, fraction)
  }
}
