import Quantities

/// The time of day where the date stands in a column of its own: `Date;Time`, `date,hour`.
struct ClockColumn {
  let name: String
  /// Whether it counts hours, 0 to 23, rather than being written as a clock shows it.
  let isHours: Bool

  /// What such columns are called.
  private static let names = [
    "time", "hour", "hr", "h", "hourofday", "timeofday", "clock", "starttime", "uhrzeit", "zeit", "stunde", "heure",
    "hora", "tijd", "uur", "tid",
  ]

  /// - Parameters:
  ///   - rows: the first of the table.
  ///   - time: the column that holds the dates.
  /// - Returns: nil where dates have a time of day themselves, or no column has one for them.
  init?(header: [String], rows: [[String]], time: String) {
    func cells(_ column: Int) -> [String] {
      rows.compactMap { column < $0.count ? $0[column].trimmed : nil }.filter { !$0.isEmpty }
    }
    guard let at = header.firstIndex(of: time), !rows.isEmpty else { return nil }
    let dates = cells(at)
    guard !dates.isEmpty, dates.allSatisfy(ClockColumn.isDate) else { return nil }
    for i in header.indices where i != at && ClockColumn.names.contains(ColumnGuess.plain(header[i])) {
      let cells = cells(i)
      guard cells.count == rows.count else { continue }
      if cells.allSatisfy({ Int($0).map { (0...23).contains($0) } ?? false }) {
        (name, isHours) = (header[i], true)
        return
      }
      if cells.allSatisfy({ $0.contains(":") && DateText("2000-01-01 " + $0, order: nil) != nil }) {
        (name, isHours) = (header[i], false)
        return
      }
    }
    return nil
  }

  /// A date without a time of day.
  private static func isDate(_ text: String) -> Bool {
    !text.contains(":") && Double(text) == nil
      && (Timestamp(iso8601: text) != nil || DateText(text, order: .dayFirst) != nil)
  }

  /// Puts the time of day behind the date.
  func append(_ clock: UnsafeRawBufferPointer, to date: inout [UInt8]) {
    date.append(0x20)
    date.append(contentsOf: clock)
    if isHours { date.append(contentsOf: [0x3A, 0x30, 0x30]) }
  }
}
