import Documents
import Quantities

/// Reads the time of each row: ISO 8601 with or without a zone, or seconds, milliseconds, microseconds or nanoseconds
/// since 1970, told apart by their size.
///
/// The first cell decides the form. Times with and without a zone in one file are an error: nobody can say how they
/// stand to each other.
public struct TimeCellReader {
  enum EpochUnit: String, Sendable {
    case seconds, milliseconds, microseconds, nanoseconds
    /// Nanoseconds in one.
    var scale: Double {
      switch self {
      case .seconds: 1e9
      case .milliseconds: 1e6
      case .microseconds: 1e3
      case .nanoseconds: 1
      }
    }
    /// By size: 1e11 seconds are the year 5138, 1e11 milliseconds are March 1973.
    init(magnitude: Double) {
      switch abs(magnitude) {
      case ..<1e11: self = .seconds
      case ..<1e14: self = .milliseconds
      case ..<1e17: self = .microseconds
      default: self = .nanoseconds
      }
    }
  }

  private let file: String?
  private let zone: TimeZoneRules
  /// The unit of times that are numbers, once one was seen.
  private(set) var epoch: EpochUnit?
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

  public init(file: String?, zone: TimeZoneRules) {
    self.file = file
    self.zone = zone
  }

  /// The time of a cell, or nil (and a diagnostic) where it is none.
  public mutating func read(_ cell: UnsafeRawBufferPointer, line: Int) -> Timestamp? {
    let bytes = TimeCellReader.trimmed(cell)
    if let (time, written) = Timestamp.parse(iso8601: bytes), bytes.count != 8 || epoch == nil {
      if isoLine == nil { isoLine = line }
      if written == currentZone { currentCount += 1 } else { flush(next: written) }
      guard written == .none else {
        if zonedLine == nil { zonedLine = line }
        return time
      }
      if naiveLine == nil { naiveLine = line }
      return local(time)
    }
    if let number = TimeCellReader.number(bytes) {
      if numberLine == nil { numberLine = line }
      if let time = read(number: number.whole, fraction: number.fraction, line: line) { return time }
      return nil
    }
    reject(bytes, line)
    return nil
  }

  /// The time that a number stands for, or nil (and a diagnostic) where its size does not fit those before it.
  mutating func read(number whole: Int64, fraction: Double, line: Int) -> Timestamp? {
    let unit = EpochUnit(magnitude: Double(whole))
    if let epoch, epoch != unit, abs(Double(whole)) > 1e6 {
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
      return Timestamp(nanosecondsSinceEpoch: naive.nanosecondsSinceEpoch - cachedOffset * 1_000_000_000)
    }
    let (date, second) = naive.utc
    let within = naive - (date.midnightUTC + .seconds(second))
    return zone.time(of: date, secondOfDay: second) + within
  }

  // MARK: - Cells

  private mutating func reject(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Int) {
    if bytes.isEmpty {
      problem("the row has no time", line, help: "give every row a time, or remove it")
      return
    }
    let text = String(decoding: bytes.prefix(40), as: UTF8.self)
    let help =
      text.contains("/")
      ? "write 2026-11-27T08:00:00Z: whether day or month comes first cannot be told from slashes"
      : "write 2026-11-27T08:00:00Z, or seconds since 1970"
    problem("'\(text)' is not a time", line, help: help)
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
  static func number(_ bytes: UnsafeBufferPointer<UInt8>) -> (whole: Int64, fraction: Double)? {
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
    if p < bytes.count, bytes[p] == 46 {
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
